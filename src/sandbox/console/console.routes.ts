import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import { AppError } from '../../errors.ts';
import { errors, Nullable, Strict } from '../../ops/schemas.ts';
import { agentFaultNeeds } from '../agent/agent-faults.ts';
import { closeCodes, documentedCodes } from '../agent/close-codes.ts';
import { isFinal } from '../carrier/call-state.ts';
import { type CarrierControl, ControlError } from '../carrier/control.ts';
import { faultNeeds } from '../carrier/fault-schema.ts';
import { Phone, SandboxActivity, SandboxCall, SandboxSetUp } from './console-schemas.ts';
import { showActivity, showCall, type Twins } from './console-views.ts';

const PersonId = Type.String({ minLength: 1, maxLength: 100, description: 'The id of one of the people.' });
const sid = { params: Strict({ sid: Type.String({ maxLength: 64 }) }) };
const oneCall = Strict({ call: SandboxCall });
const needsOf = (needs: Record<string, readonly string[]>) =>
  Object.entries(needs).map(([kind, fields]) => ({ kind, needs: [...fields] }));

/** What happens at the twins, and what can be done to the simulated telephone network. */
export const consoleRoutes: FastifyPluginAsyncTypebox<{ twins: Twins; now: () => Date }> = async (
  app,
  { twins, now },
) => {
  const { carrier } = twins;

  app.get(
    '/api/sandbox/activity',
    {
      config: { access: 'sandbox:use' },
      schema: {
        tags: ['sandbox'],
        summary: 'Calls, conversations, faults and complaints of the sandbox',
        description: 'The newest of each, small enough to be asked for every second.',
        response: { 200: SandboxActivity, ...errors(401, 403) },
      },
    },
    async () => showActivity(twins, now()),
  );

  app.get(
    '/api/sandbox',
    {
      config: { access: 'sandbox:use' },
      schema: {
        tags: ['sandbox'],
        summary: 'The people, numbers and kinds of fault of the sandbox',
        response: { 200: SandboxSetUp, ...errors(401, 403) },
      },
    },
    async () => {
      const assigned = carrier?.cast().numbers ?? [];
      return {
        phone: carrier !== null,
        numbers: [...(carrier?.numbers() ?? [])],
        people: (carrier?.people() ?? []).map(({ id, name, answer, business = null, note = null }) => ({
          id,
          name,
          answer,
          business,
          note,
          numbers: assigned.filter(each => each.personId === id).map(each => each.number),
        })),
        faults: {
          carrier: carrier ? needsOf(faultNeeds) : [],
          agent: twins.agent ? needsOf(agentFaultNeeds) : [],
          errorTypes: Object.keys(closeCodes),
          closeCodes: [...documentedCodes],
        },
      };
    },
  );

  if (carrier) lineRoutes(app, carrier);
};

/** What goes over the carrier's line. */
function lineRoutes(app: Parameters<FastifyPluginAsyncTypebox>[0], carrier: CarrierControl): void {
  const wordsOf = (clipId: string) => carrier.wordsOf(clipId);
  const show = (callSid: string) => showCall(found(callSid), wordsOf);
  const found = (callSid: string) => {
    const call = carrier.call(callSid);
    if (!call) throw new AppError('CALL_NOT_FOUND', 'The sandbox has no call with this SID.');
    return call;
  };
  const person = (id: string) => {
    if (!carrier.people().some(each => each.id === id))
      throw new AppError('NOT_FOUND', 'Nobody in the sandbox has this id; GET /api/sandbox lists the people.');
    return id;
  };
  const ownNumber = (phone: string | undefined) => {
    if (phone !== undefined && !carrier.numbers().some(each => each.phone === phone))
      throw new AppError('NUMBER_NOT_OWNED', 'This is no number of the sandbox account; GET /api/sandbox lists them.');
  };
  /** What a call was asked that ended between the look and the deed. */
  const onLive = <T>(run: () => T): T => {
    try {
      return run();
    } catch (error) {
      if (!(error instanceof ControlError)) throw error;
      throw new AppError('SANDBOX_CALL_NOT_LIVE', 'This call is over.', { cause: error });
    }
  };

  app.post(
    '/api/sandbox/calls',
    {
      config: { access: 'sandbox:use', audit: 'sandbox.call' },
      schema: {
        tags: ['sandbox'],
        summary: 'Somebody calls one of the account’s numbers',
        description:
          'Without `personId`, whoever the number `from` belongs to calls, or a stranger. Without `to`, they call the first number.',
        body: Strict({ from: Phone, to: Type.Optional(Phone), personId: Type.Optional(PersonId) }),
        response: { 201: oneCall, ...errors(400, 401, 403, 404, 422) },
      },
    },
    async (request, reply) => {
      const { from, to, personId } = request.body;
      ownNumber(to);
      const call = carrier.callIn({
        from,
        ...(to === undefined ? {} : { to }),
        ...(personId === undefined ? {} : { personId: person(personId) }),
      });
      request.trail({ target: { type: 'sandbox-call', id: call.sid }, after: personId ? { personId } : {} });
      return reply.code(201).send({ call: showCall(call, wordsOf) });
    },
  );

  app.post(
    '/api/sandbox/calls/:sid/press',
    {
      config: { access: 'sandbox:use', audit: 'sandbox.press' },
      schema: {
        tags: ['sandbox'],
        summary: 'The person on the line presses keys',
        ...sid,
        body: Strict({ digits: Type.String({ pattern: '^[0-9*#A-D]{1,32}$', description: 'Keys, in order.' }) }),
        response: { 202: oneCall, ...errors(400, 401, 403, 404, 409) },
      },
    },
    async (request, reply) => {
      const { state } = found(request.params.sid);
      if (state !== 'in-progress') {
        const sentence = isFinal(state) ? 'This call is over.' : 'This call was not answered yet.';
        throw new AppError('SANDBOX_CALL_NOT_LIVE', sentence);
      }
      onLive(() => carrier.press(request.params.sid, request.body.digits));
      // Keys may be a card's number: which ones is nobody's business later.
      request.trail({
        target: { type: 'sandbox-call', id: request.params.sid },
        after: { keys: request.body.digits.length },
      });
      return reply.code(202).send({ call: show(request.params.sid) });
    },
  );

  app.delete(
    '/api/sandbox/calls/:sid',
    {
      config: { access: 'sandbox:use', audit: 'sandbox.hang-up' },
      schema: {
        tags: ['sandbox'],
        summary: 'The person on the line hangs up',
        ...sid,
        response: { 202: oneCall, ...errors(401, 403, 404, 409) },
      },
    },
    async (request, reply) => {
      found(request.params.sid);
      onLive(() => carrier.hangUp(request.params.sid));
      request.trail({ target: { type: 'sandbox-call', id: request.params.sid } });
      return reply.code(202).send({ call: show(request.params.sid) });
    },
  );

  app.post(
    '/api/sandbox/people/:id/answer-next',
    {
      config: { access: 'sandbox:use', audit: 'sandbox.answer-next' },
      schema: {
        tags: ['sandbox'],
        summary: 'This person answers the next call',
        description: 'Holds for one call; with `to`, for the next one to that number.',
        params: Strict({ id: PersonId }),
        body: Strict({ to: Type.Optional(Phone) }),
        response: {
          202: Strict({ next: Type.Array(Strict({ personId: Type.String(), to: Nullable(Phone) })) }),
          ...errors(400, 401, 403, 404),
        },
      },
    },
    async (request, reply) => {
      const id = person(request.params.id);
      carrier.answerNext(id, request.body.to);
      request.trail({ target: { type: 'sandbox-person', id } });
      const next = carrier.cast().next.map(({ personId, to = null }) => ({ personId, to }));
      return reply.code(202).send({ next });
    },
  );

  app.put(
    '/api/sandbox/numbers/:phone',
    {
      config: { access: 'sandbox:use', audit: 'sandbox.assign' },
      schema: {
        tags: ['sandbox'],
        summary: 'Say whose number this is',
        description: 'Whoever calls it reaches this person from now on; with null it is given back.',
        params: Strict({ phone: Phone }),
        body: Strict({ personId: Nullable(PersonId) }),
        response: {
          200: Strict({ number: Phone, personId: Nullable(Type.String()) }),
          ...errors(400, 401, 403, 404),
        },
      },
    },
    async request => {
      const { phone } = request.params;
      const { personId } = request.body;
      if (personId === null) carrier.assign(phone);
      else carrier.assign(phone, person(personId));
      request.trail({ target: { type: 'sandbox-number', id: phone.slice(-2) }, after: { personId } });
      return { number: phone, personId };
    },
  );
}
