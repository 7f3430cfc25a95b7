import type { Logger } from '../ops/logger.ts';
import { within } from '../within.ts';
import { alertsOf } from './alert-rules.ts';
import type { AlertFacts, GuardedAlert } from './alerts.types.ts';

/** Who knows what; each asks one thing, and the store at most once. */
export type AlertSources = { readonly [K in keyof AlertFacts]-?: () => Promise<AlertFacts[K]> | AlertFacts[K] };

export interface AlertWatchOptions {
  readonly sources: AlertSources;
  readonly logger: Logger;
  readonly now: () => Date;
}

/** What only a person can mend, gathered from everywhere. */
export interface AlertWatch {
  /** As it was at most two seconds ago, however many ask. A source that does not answer is left out. */
  current(): Promise<readonly GuardedAlert[]>;
  /** Something happened: whoever asks from now on is answered anew. */
  forget(): void;
}

/** Every open dashboard asks; the house need not answer each of them anew. */
const keptMs = 2_000;
/** One source that hangs must not hide what the others know. */
const patienceMs = 3_000;

export function createAlertWatch({ sources, logger, now }: AlertWatchOptions): AlertWatch {
  let last: { readonly at: number; readonly alerts: Promise<readonly GuardedAlert[]> } | undefined;

  const gather = async (): Promise<readonly GuardedAlert[]> => {
    const facts = await Promise.all(
      Object.entries(sources).map(async ([name, ask]) => {
        try {
          return [name, await within<unknown>(patienceMs, ask, tooLate)] as const;
        } catch (err) {
          logger.debug({ err, source: name }, 'what this source knows of alerts could not be asked');
          return [name, undefined] as const;
        }
      }),
    );
    return alertsOf(Object.fromEntries(facts) as AlertFacts, now());
  };

  return {
    current() {
      const at = performance.now();
      if (!last || at - last.at >= keptMs) last = { at, alerts: gather() };
      return last.alerts;
    },
    forget() {
      last = undefined;
    },
  };
}

function tooLate(): never {
  throw new Error(`no answer within ${patienceMs} ms`);
}
