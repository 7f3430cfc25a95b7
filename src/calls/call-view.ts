import type { Stored } from '../store/schema.ts';
import { shownCost } from './call-cost.ts';
import type { Call } from './call-document.ts';
import type { CallView } from './calls.types.ts';

/** What can be done with a live call beside ending it: while an agent of ours is, or will be, on it. */
const capabilitiesOf = ({ engine, endedAt, streams, transfer }: Call): readonly string[] =>
  engine === null || endedAt !== null || isPassedOn(transfer)
    ? []
    : streams > 0
      ? ['listen', 'whisper', 'takeOver', 'transfer', 'dtmf']
      : ['dtmf'];

const isPassedOn = (transfer: Call['transfer']): boolean =>
  transfer?.['state'] === 'dialling' || transfer?.['state'] === 'joined';

/** Somebody else answered it. */
const hasLeft = (transfer: Call['transfer']): boolean =>
  transfer?.['state'] === 'joined' || transfer?.['state'] === 'ended';

const dateOf = (value: unknown): string | null => (value instanceof Date ? value.toISOString() : null);

const transferView = (transfer: Call['transfer']) =>
  transfer && {
    state: transfer['state'],
    to: transfer['to'],
    mode: transfer['mode'],
    by: transfer['by'] ?? null,
    at: dateOf(transfer['at']),
    answeredAt: dateOf(transfer['answeredAt']),
    seconds: transfer['seconds'] ?? null,
    reason: transfer['reason'] ?? null,
  };

/** A call as the API and events show it. */
export function callView(call: Stored<Call>): CallView {
  return {
    id: call._id.toHexString(),
    sid: call.sid,
    seq: call.version,
    attemptId: call._id.toHexString(),
    direction: call.direction,
    to: call.to,
    from: call.from,
    status: call.state,
    outcome: call.outcome,
    result: call.result,
    createdAt: call.createdAt.toISOString(),
    answeredAt: call.answeredAt?.toISOString() ?? null,
    endedAt: call.endedAt?.toISOString() ?? null,
    durationSeconds: call.durationSeconds,
    answeredBy: call.answeredBy,
    terminationSource: call.terminationSource,
    terminationReason: call.terminationReason,
    cause: call.cause ?? null,
    conversationId: call.conversationId,
    agentId: call.agentId?.toHexString() ?? null,
    agentVersion: call.agentVersion,
    engine: call.engine,
    contactId: call.contactId?.toHexString() ?? null,
    contactName: call.contactName,
    campaignId: call.campaignId?.toHexString() ?? null,
    campaignName: call.campaignName ?? null,
    variant: call.variant ?? null,
    attempt: call.attempt ?? null,
    contentClass: call.contentClass,
    requestedBy: call.requestedBy,
    variables: call.variables ?? {},
    policy: call.policy ?? null,
    amd: call.amd ?? null,
    firstTurn: call.firstTurn ?? null,
    flags: call.flags ?? [],
    latency: call.latency ?? null,
    media: call.media ?? null,
    recording: call.recording,
    recordingInfo: call.recordingInfo ?? null,
    erasedAt: call.erasedAt?.toISOString() ?? null,
    transferredTo: hasLeft(call.transfer) ? call.transfer?.['to'] : null,
    transferReason: call.transfer?.['reason'] ?? null,
    transfer: transferView(call.transfer ?? null),
    resumes: call.resumes ?? 0,
    capabilities: capabilitiesOf(call),
    cost: shownCost(call.cost),
  };
}
