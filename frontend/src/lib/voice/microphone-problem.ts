/** Why there is no microphone, as far as the page can find out; each has its own words on what to do. */
export type MicrophoneProblem = 'insecure' | 'unsupported' | 'refused' | 'missing' | 'busy' | 'failed';

/** What stands in the way before anybody was asked. */
export function obstacle(place: {
  secure: boolean;
  hasDevices: boolean;
  hasWorklets: boolean;
}): MicrophoneProblem | null {
  // On plain http the browser hides its devices altogether, so this comes first.
  if (!place.secure) return 'insecure';
  return place.hasDevices && place.hasWorklets ? null : 'unsupported';
}

const byName: Record<string, MicrophoneProblem> = {
  NotAllowedError: 'refused',
  SecurityError: 'refused',
  NotFoundError: 'missing',
  OverconstrainedError: 'missing',
  NotReadableError: 'busy',
  AbortError: 'busy',
};

/** What the browser's refusal means. */
export const problemOf = (error: unknown): MicrophoneProblem =>
  byName[error instanceof Error ? error.name : ''] ?? 'failed';

/** There is no microphone to speak into. */
export class NoMicrophone extends Error {
  override name = 'NoMicrophone';
  readonly problem: MicrophoneProblem;

  constructor(problem: MicrophoneProblem, cause?: unknown) {
    super(problem, { cause });
    this.problem = problem;
  }
}
