import type { FastifyInstance, FastifyReply } from 'fastify';
import Type from 'typebox';
import Value from 'typebox/value';
import { loadOrderSchema } from '../load/load-order.ts';
import { type CarrierControl, ControlError } from './control.ts';
import { completeFault, faultSchema } from './fault-schema.ts';

const closed = { additionalProperties: false };
const phone = Type.String({ pattern: '^\\+[1-9]\\d{6,14}$' });
const bodies = {
  callIn: Type.Object({ from: phone, to: Type.Optional(phone), personId: Type.Optional(Type.String()) }, closed),
  answerNext: Type.Object({ personId: Type.String(), to: Type.Optional(phone) }, closed),
  assign: Type.Object({ number: phone, personId: Type.Optional(Type.String()) }, closed),
  press: Type.Object({ digits: Type.String({ pattern: '^[0-9A-D#*]{1,32}$' }) }, closed),
  probe: Type.Object({ url: Type.String({ pattern: '^https?://' }) }, closed),
  fault: faultSchema,
  load: loadOrderSchema,
};

/** The control API over HTTP (JSON below `/twin`), for consoles and load tests in another process; same credentials as REST. */
export function registerControlRoutes(app: FastifyInstance, control: CarrierControl): void {
  const body = <S extends Type.TSchema>(schema: S, raw: unknown): Type.Static<S> => {
    let value: unknown;
    try {
      value = JSON.parse(String(raw || '{}'));
    } catch {
      throw new ControlError('the body is not JSON');
    }
    const [problem] = Value.Errors(schema, value);
    if (problem) throw new ControlError(`${problem.instancePath.slice(1) || 'the body'} ${problem.message}`);
    return value as Type.Static<S>;
  };
  const guarded =
    <T>(run: (request: { body: unknown; params: Record<string, string> }) => T | Promise<T>) =>
    async (request: { body: unknown; params: unknown }, reply: FastifyReply) => {
      try {
        const result = await run({ body: request.body, params: request.params as Record<string, string> });
        return reply.type('application/json').send(JSON.stringify(result ?? { ok: true }));
      } catch (error) {
        if (!(error instanceof ControlError)) throw error;
        return reply
          .code(400)
          .type('application/json')
          .send(JSON.stringify({ error: error.message }));
      }
    };

  app.get(
    '/twin/calls',
    guarded(() => ({ items: control.calls() })),
  );
  app.get(
    '/twin/calls/:sid',
    guarded(({ params }) => {
      const call = control.call(params['sid']!);
      if (!call) throw new ControlError(`no call has the SID ${params['sid']}`);
      return call;
    }),
  );
  app.post(
    '/twin/calls',
    guarded(request => control.callIn(body(bodies.callIn, request.body))),
  );
  app.post(
    '/twin/calls/:sid/hang-up',
    guarded(({ params }) => control.hangUp(params['sid']!)),
  );
  app.post(
    '/twin/calls/:sid/press',
    guarded(request => control.press(request.params['sid']!, body(bodies.press, request.body).digits)),
  );
  app.get(
    '/twin/people',
    guarded(() => ({ items: control.people() })),
  );
  app.post(
    '/twin/people/next',
    guarded(request => {
      const { personId, to } = body(bodies.answerNext, request.body);
      control.answerNext(personId, to);
    }),
  );
  app.post(
    '/twin/people/assign',
    guarded(request => {
      const { number, personId } = body(bodies.assign, request.body);
      control.assign(number, personId);
    }),
  );
  app.get(
    '/twin/faults',
    guarded(() => ({ items: control.faults() })),
  );
  app.post(
    '/twin/faults',
    guarded(request => {
      const fault = completeFault(body(bodies.fault, request.body));
      if (typeof fault === 'string') throw new ControlError(fault);
      control.addFault(fault);
    }),
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
    '/twin/debugger',
    guarded(() => ({ items: control.debugger })),
  );
  app.post(
    '/twin/load',
    guarded(request => control.startLoad(body(bodies.load, request.body))),
  );
  app.get(
    '/twin/load',
    guarded(() => {
      const report = control.load();
      if (!report) throw new ControlError('no load run was started');
      return report;
    }),
  );
  app.delete(
    '/twin/load',
    guarded(() => control.stopLoad()),
  );
  app.post(
    '/twin/probe',
    guarded(async request => ({ refused: await control.probe(body(bodies.probe, request.body).url) })),
  );
}
