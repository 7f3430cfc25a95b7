import type { CallsListData } from './api-types.ts';

type Call = CallsListData['items'][number];

/** What a call can be, in the order in which lists of choices have them. A test holds them against the server's. */
export const callStates = [
  'claimed',
  'queued',
  'initiated',
  'ringing',
  'in-progress',
  'completed',
  'busy',
  'no-answer',
  'failed',
  'canceled',
] as const satisfies readonly Call['status'][];

export const callOutcomes = [
  'conversation',
  'voicemail',
  'message-left',
  'no-answer',
  'busy',
  'failed',
  'invalid-number',
  'canceled',
  'opt-out',
  'abandoned',
] as const satisfies readonly NonNullable<Call['outcome']>[];
export type CallOutcome = (typeof callOutcomes)[number];

export const callDirections = ['outbound', 'inbound'] as const satisfies readonly Call['direction'][];
