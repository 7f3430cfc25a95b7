/**
 * `announced` the carrier records, or has what we shall fetch · `stored` it is here · `absent` the carrier recorded nothing ·
 * `failed` it could not be had · `expired` its time was over · `erased` it was erased with its call.
 */
export const recordingStates = ['announced', 'stored', 'absent', 'failed', 'expired', 'erased'] as const;
export type RecordingState = (typeof recordingStates)[number];

/** Where a recording may still come from the carrier. */
export const fetchableStates = ['announced', 'failed'] as const satisfies readonly RecordingState[];
/** Nothing of its sound may remain. */
export const removedStates = ['expired', 'erased'] as const satisfies readonly RecordingState[];

const aSecondMs = 1_000;
/** Our word and the carrier's may differ by what a request takes, and by how wrong two clocks are. */
const credibleMs = 3_000;

/**
 * When a recording began, as well as it can be told: the carrier says it in whole seconds, we noticed a moment within that
 * second or close to it. Where the two are far apart, the carrier's word counts.
 */
export function recordingStart(carrierSecond: Date | null, noticed: Date | null): Date | null {
  if (!carrierSecond) return noticed;
  const earliest = carrierSecond.getTime();
  const ours = noticed?.getTime();
  if (ours === undefined || Math.abs(ours - earliest) > credibleMs) return carrierSecond;
  return new Date(Math.min(Math.max(ours, earliest), earliest + aSecondMs - 1));
}

/** Where in the call a recording begins, in milliseconds since it was answered; null when either is not known. */
export const startWithin = (answeredAt: Date | null, startedAt: Date | null): number | null =>
  answeredAt && startedAt ? Math.max(0, startedAt.getTime() - answeredAt.getTime()) : null;

/** What is drawn of a recording lies beside its sound, under the same random name. */
export const peaksKeyOf = (storageKey: string): string => storageKey.replace(/\.wav$/, '.peaks');
/** The sound that a file belongs to; its own key for the sound itself. */
export const soundKeyOf = (key: string): string => key.replace(/\.peaks$/, '.wav');
