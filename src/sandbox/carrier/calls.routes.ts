import type { FastifyInstance } from 'fastify';
import { parseCallOrder } from './call-order.ts';
import type { CallQueue } from './call-queue.ts';
import { isFinal, restStatus } from './call-state.ts';
import { parseCallUpdate } from './call-update.ts';
import type { RestFault } from './fault-board.ts';
import { dateFilter, listPage } from './list-page.ts';
import type { NumberBook } from './number-book.ts';
import { runOutboundCall } from './outbound-call.ts';
import { callResource, createdCallResource } from './rest-resources.ts';
import { type RestContext, restPath } from './rest-server.ts';
import { TwilioError } from './twilio-errors.ts';
import { newSid } from './twilio-sid.ts';
import type { TwinCall } from './twin-call.ts';

type SidParams = { Params: { sid: string } };
/** The part of a reply that does not depend on its route. */
interface AnyReply {
  hijack(): unknown;
  status(code: number): unknown;
  type(mediaType: string): unknown;
  send(body: string): unknown;
}

/** The Calls resource. */
export function registerCallRoutes(
  app: FastifyInstance,
  context: RestContext,
  numbers: NumberBook,
  queue: CallQueue,
): void {
  const { core } = context;
  const collection = restPath(core, 'Calls.json');
  const single = restPath(core, 'Calls/:sid.json');
  const show = (call: TwinCall) => callResource(call, core.accountSid, core.clock.now());
  const find = (sid: string): TwinCall => {
    const call = core.calls.get(sid);
    if (!call) throw new TwilioError(20404, `Calls/${sid.slice(0, 40)}.json`);
    return call;
  };

  app.post(collection, async (request, reply) => {
    const form = context.form(request);
    const fault = core.faults.forRest('create', form.get('To') ?? undefined);
    if (fault?.kind === 'caller-id-refused') throw new TwilioError(fault.code ?? 21210, form.get('From') ?? '');
    if (fault && !('afterPlacing' in fault && fault.afterPlacing)) return failAsTold(fault, reply);
    const { order, warnings, unknown, testOnly } = parseCallOrder(form, numbers);
    context.complain(unknown, 'create a call');
    const call = newCall(order, core.clock.now(), numbers);
    if (testOnly) return reply.code(201).send(createdCallResource(call, core.accountSid));
    const at = queue.reserve(core.clock.now());
    if (at === undefined) throw new TwilioError(22005);
    call.queueTimeMs = Math.max(0, at - core.clock.now());
    for (const warning of warnings) {
      core.ledger.alert(Number.parseInt(warning, 10) || 0, warning, call.sid);
      if (warning.startsWith('21626')) core.ledger.violation('rest-status-event', warning, call.sid);
    }
    core.calls.add(call);
    const answer = createdCallResource(call, core.accountSid);
    core.calls.changed(call);
    void core.background.track(core.clock.wait(call.queueTimeMs)).then(() => runOutboundCall(core, call));
    if (fault) return failAsTold(fault, reply);
    return reply.code(201).send(answer);
  });

  app.get(collection, async (request, reply) => {
    const fault = core.faults.forRest('list');
    if (fault) return failAsTold(fault, reply);
    const query = context.query(request);
    const matches = callFilter(query);
    return listPage('calls', core.calls.newestFirst().filter(matches), collection, query, show);
  });

  app.get<SidParams>(single, async (request, reply) => {
    const fault = core.faults.forRest('fetch');
    if (fault) return failAsTold(fault, reply);
    return show(find(request.params.sid));
  });

  app.post<SidParams>(single, async (request, reply) => {
    const call = find(request.params.sid);
    const fault = core.faults.forRest('update', call.to);
    if (fault?.kind === 'update-not-found') throw new TwilioError(20404, `Calls/${call.sid}.json`);
    if (fault) return failAsTold(fault, reply);
    const { update, unknown } = parseCallUpdate(context.form(request));
    context.complain(unknown, 'update a call');
    if (isFinal(call.state)) {
      // Ending a call again, or redirecting one that is over, is refused alike.
      throw new TwilioError(21220);
    }
    const live = core.calls.live.get(call.sid);
    if (live) live.update(update);
    else if (update.instructions) throw new TwilioError(21220);
    else if (update.status) cancelQueued(call);
    return show(call);
  });

  app.delete<SidParams>(single, async (request, reply) => {
    const call = find(request.params.sid);
    if (!isFinal(call.state)) throw new TwilioError(20001, 'only a call that has ended can be deleted');
    core.calls.remove(call.sid);
    return reply.code(204).send();
  });

  const cancelQueued = (call: TwinCall) => {
    call.state = 'canceled';
    call.updatedAt = core.clock.now();
    call.endedAt = call.updatedAt;
    core.calls.changed(call);
  };

  /** Answers as a fault wants it; a timeout keeps the client waiting until it gives up. */
  const failAsTold = (fault: RestFault, reply: AnyReply) => {
    if (fault.kind === 'rest-refused') throw new TwilioError(fault.vendorCode);
    if (fault.kind === 'rest-429') throw new TwilioError(20429);
    if (fault.kind === 'rest-503') throw new TwilioError(20503);
    if (fault.kind === 'rest-timeout') return reply.hijack();
    reply.status(500);
    reply.type('text/html');
    return reply.send('<html><body>Internal Server Error</body></html>');
  };
}

function newCall(order: TwinCall['order'], now: number, numbers: NumberBook): TwinCall {
  const owned = numbers.byPhone(order.from);
  return {
    sid: newSid('CA'),
    to: order.to,
    from: order.from,
    direction: 'outbound-api',
    state: 'queued',
    order,
    ...(order.status ? { status: order.status } : {}),
    createdAt: now,
    updatedAt: now,
    ...(owned ? { phoneNumberSid: owned.sid } : {}),
    queueTimeMs: 0,
    nextSequence: 0,
    heard: [],
    notes: [],
  };
}

/** The documented filters of the list; an unknown status finds nothing, as at Twilio. */
function callFilter(query: URLSearchParams): (call: TwinCall) => boolean {
  const started = dateFilter(query, 'StartTime');
  const ended = dateFilter(query, 'EndTime');
  const exact: [wanted: string | null, of: (call: TwinCall) => string | undefined][] = [
    [query.get('To'), call => call.to],
    [query.get('From'), call => call.from],
    [query.get('ParentCallSid'), call => call.parentSid],
    [query.get('Status'), call => restStatus(call.state)],
  ];
  return call =>
    exact.every(([wanted, actual]) => !wanted || actual(call) === wanted) &&
    (!started || started(call.answeredAt)) &&
    (!ended || ended(call.endedAt));
}
