import type { FastifyInstance } from 'fastify';
import Type from 'typebox';
import Value from 'typebox/value';
import { AgentApiError } from './agent-errors.ts';
import { agentFaultSchema } from './agent-faults.ts';
import { closeCodes, documentedCodes, type ErrorType } from './close-codes.ts';
import { type AgentControl, AgentControlError } from './control.ts';

const closed = { additionalProperties: false };
const bodies = {
  configure: Type.Record(Type.String(), Type.Unknown()),
  inject: Type.Object({ type: Type.String({ minLength: 1 }) }),
  end: Type.Union([
    Type.Object({ code: Type.Enum([...documentedCodes]), reason: Type.Optional(Type.String()) }, closed),
    Type.Object(
      { errorType: Type.Enum(Object.keys(closeCodes) as ErrorType[]), message: Type.Optional(Type.String()) },
      closed,
    ),
  ]),
};

/** The control API over HTTP (JSON below `/twin`), for consoles and load tests in another process; same key as REST. */
export function registerAgentControlRoutes(app: FastifyInstance, control: AgentControl): void {
  const check = <S extends Type.TSchema>(schema: S, value: unknown): Type.Static<S> => {
    const [problem] = Value.Errors(schema, value ?? {});
    if (problem) throw badRequest(`${problem.instancePath.slice(1) || 'the body'} ${problem.message}`);
    return value as Type.Static<S>;
  };
  const guarded =
    <R, T>(run: (request: R) => T) =>
    async (request: R) => {
      try {
        return run(request) ?? { ok: true };
      } catch (error) {
        throw error instanceof AgentControlError ? badRequest(error.message) : error;
      }
    };
  type One = { params: unknown; body: unknown };
  const id = (request: One) => (request.params as { id: string }).id;

  app.get(
    '/twin/conversations',
    guarded(() => ({ items: control.conversations() })),
  );
  app.get(
    '/twin/conversations/:id',
    guarded((request: One) => {
      const found = control.conversation(id(request));
      if (!found) throw new AgentControlError(`no conversation has the id ${id(request)}`);
      return found;
    }),
  );
  app.post(
    '/twin/conversations/:id/inject',
    guarded((request: One) => control.inject(id(request), check(bodies.inject, request.body))),
  );
  app.post(
    '/twin/conversations/:id/end',
    guarded((request: One) => control.end(id(request), check(bodies.end, request.body))),
  );
  app.post(
    '/twin/agents/:id',
    guarded((request: One) => control.configure(id(request), check(bodies.configure, request.body))),
  );
  app.get(
    '/twin/faults',
    guarded(() => ({ items: control.faults() })),
  );
  app.post(
    '/twin/faults',
    guarded((request: One) => control.addFault(check(agentFaultSchema, request.body))),
  );
  app.delete(
    '/twin/faults',
    guarded(() => control.clearFaults()),
  );
  app.get(
    '/twin/violations',
    guarded(() => ({ items: control.violations })),
  );
  app.delete(
    '/twin/violations',
    guarded(() => ({ items: control.takeViolations() })),
  );
  app.get(
    '/twin/deliveries',
    guarded(() => ({ items: control.deliveries })),
  );
}

const badRequest = (message: string) => new AgentApiError(400, { error: message });
