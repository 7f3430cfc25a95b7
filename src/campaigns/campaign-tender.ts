import type { Logger } from '../ops/logger.ts';

export interface CampaignTender {
  start(): void;
  /** There is something to do now. */
  readonly kick: () => void;
  stop(): Promise<void>;
}

const everyMs = 1_000;

/** Does its round a second after the last one, and at once when there is something to do. */
export function createCampaignTender(round: () => Promise<void>, logger: Logger): CampaignTender {
  let timer: NodeJS.Timeout | undefined;
  let working: Promise<void> | undefined;
  let again = false;
  let isOpen = false;

  const run = (): void => {
    clearTimeout(timer);
    again = false;
    working = round()
      .catch(err => logger.warn({ err }, 'campaigns could not be moved on; it is tried again'))
      .finally(() => {
        working = undefined;
        if (!isOpen) return;
        if (again) run();
        else timer = setTimeout(run, everyMs).unref();
      });
  };
  return {
    start() {
      isOpen = true;
      run();
    },
    kick() {
      if (working) again = true;
      else if (isOpen) run();
    },
    async stop() {
      isOpen = false;
      clearTimeout(timer);
      await working;
    },
  };
}
