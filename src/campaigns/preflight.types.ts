/** `block` every call would fail or be unlawful · `warn` look at it first, or it could not be checked · `ok` in order. */
export const findingLevels = ['block', 'warn', 'ok'] as const;
export type FindingLevel = (typeof findingLevels)[number];

/** What one check found; `remedy` says what to do where something is to be done. */
export interface Finding {
  readonly check: string;
  readonly level: FindingLevel;
  readonly message: string;
  readonly remedy: string | null;
}

export interface PreflightReport {
  readonly at: string;
  /** Nothing blocks. */
  readonly ready: boolean;
  readonly blocking: number;
  readonly warnings: number;
  readonly findings: Finding[];
}

/** Blocks first, then warnings; in the order of the checks within. */
export function reportOn(findings: readonly Finding[], at: Date): PreflightReport {
  const sorted = findingLevels.flatMap(level => findings.filter(each => each.level === level));
  const count = (level: FindingLevel) => sorted.filter(each => each.level === level).length;
  const blocking = count('block');
  return { at: at.toISOString(), ready: blocking === 0, blocking, warnings: count('warn'), findings: sorted };
}

export const ok = (check: string, message: string): Finding => ({ check, level: 'ok', message, remedy: null });
export const warn = (check: string, message: string, remedy: string): Finding => ({
  check,
  level: 'warn',
  message,
  remedy,
});
export const block = (check: string, message: string, remedy: string): Finding => ({
  check,
  level: 'block',
  message,
  remedy,
});

export interface Preflights {
  ofInstallation(): Promise<PreflightReport>;
  /** The installation and this campaign; throws `NOT_FOUND`. */
  ofCampaign(id: string): Promise<PreflightReport>;
}

/** What keeps a campaign from being started, each with its remedy in one sentence for people. */
export const blocking = ({ findings }: PreflightReport): { readonly code: string; readonly message: string }[] =>
  findings
    .filter(({ level }) => level === 'block')
    .map(({ check, message, remedy }) => ({ code: check, message: remedy ? `${message} ${remedy}` : message }));
