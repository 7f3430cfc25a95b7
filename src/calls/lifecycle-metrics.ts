import type { Metrics } from '../ops/metrics.ts';

export type CallbackKind = 'status' | 'amd' | 'recording' | 'stream';
/**
 * `applied` it was news · `confirmed` it says what another message said before · `doubled` · `late` the call was past it ·
 * `unknown` no such call, or nothing we understand · `foreign` it names a call of ours and another one of the carrier's.
 */
export type CallbackResult = 'applied' | 'confirmed' | 'doubled' | 'late' | 'unknown' | 'foreign';

const verdicts = [
  'human',
  'fax',
  'unknown',
  'machine_start',
  'machine_end_beep',
  'machine_end_silence',
  'machine_end_other',
  'none',
];

/** Labels come from fixed lists: what a sender writes is never one. */
export const verdictLabel = (verdict: string | null): string =>
  verdicts.includes(verdict ?? 'none') ? (verdict ?? 'none') : 'other';

/** What is counted about the carrier's side of calls. */
export const createLifecycleMetrics = (metrics: Metrics) => ({
  callbacks: metrics.counter('carrier_callbacks_total', 'Callbacks of the carrier, by kind and by what came of them.', [
    'kind',
    'result',
  ]),
  keptCallbacks: metrics.counter(
    'carrier_callbacks_kept_total',
    'Callbacks that waited on the disk because the store was away, by kind.',
    ['kind'],
  ),
  callbacksAhead: metrics.counter(
    'carrier_callbacks_ahead_total',
    'Callbacks answered when they lay on the disk, as many waited for the store, by kind.',
    ['kind'],
  ),
  documents: metrics.counter('carrier_documents_total', 'Documents that the carrier asked for, by kind.', [
    'document',
    'answer',
  ]),
  transfers: metrics.counter('transfers_total', 'Calls that were to be passed on, by mode and what became of it.', [
    'mode',
    'result',
  ]),
  streams: metrics.counter('stream_admissions_total', 'Media streams that asked to be let in.', ['result']),
  ended: metrics.counter('calls_ended_total', 'Calls that ended.', ['direction', 'engine', 'outcome', 'source']),
  verdicts: metrics.counter('amd_verdicts_total', 'Verdicts about answering machines, and what was done.', [
    'verdict',
    'action',
  ]),
  accuracy: metrics.counter('amd_accuracy_total', 'Verdicts of ended calls against what their transcripts showed.', [
    'verdict',
    'shown',
  ]),
  firstTurns: metrics.counter('first_turn_checks_total', 'First sentences heard, by what they told the callee.', [
    'seller',
    'ai',
  ]),
  recordings: metrics.counter('recording_starts_total', 'Recordings that were asked for.', ['result']),
  reconciled: metrics.counter('calls_reconciled_total', 'Calls that a look at the carrier or the store put right.', [
    'what',
  ]),
  hangUps: metrics.counter('carrier_hang_ups_total', 'Calls that we hung up at the carrier.', ['result']),
});

export type LifecycleMetrics = ReturnType<typeof createLifecycleMetrics>;
