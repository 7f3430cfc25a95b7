import type { Logger } from '../ops/logger.ts';

export interface CampaignTender {
  start(): void;
  /** There is something to do now. */
  readonly kick: () => void;
  stop(): Promise<void>;
}

const usuallyMs = 1_000;

/** Does its round some time after the last one, a second unless said otherwise, and at once when somebody says that there is something to do. */
export function createCampaignTender(
  round: (asked: boolean) => Promise<void>,
  logger: Logger,
  everyMs = usuallyMs,
): CampaignTender {
  let timer: NodeJS.Timeout | undefined;
  let working: Promise<void> | undefined;
  let again = false;
  let isOpen = false;

  const run = (asked: boolean): void => {
    clearTimeout(timer);
    again = false;
    working = round(asked)
      .catch(err => logger.warn({ err }, 'campaigns could not be moved on; it is tried again'))
      .finally(() => {
        working = undefined;
        if (!isOpen) return;
        if (again) run(true);
        else timer = setTimeout(() => run(false), everyMs).unref();
      });
  };
  return {
    start() {
      isOpen = true;
      run(true);
    },
    kick() {
      if (working) again = true;
      else if (isOpen) run(true);
    },
    async stop() {
      isOpen = false;
      clearTimeout(timer);
      await working;
    },
  };
}
