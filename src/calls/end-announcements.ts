import type { Events } from '../events.ts';
import type { Logger } from '../ops/logger.ts';
import type { CallRepository } from './call-repository.ts';
import './calls-events.ts';
import type { CallView } from './calls.types.ts';

/** Tells other systems that calls ended: at least once, also when the process dies that wrote the end down. */
export interface EndAnnouncements {
  /** Announces what should have been announced and was not; resolves with how many calls that were. */
  sweep(): Promise<number>;
  /** Resolves when nothing waits to be announced. */
  close(): Promise<void>;
}

export interface EndAnnouncementOptions {
  readonly calls: Pick<CallRepository, 'announced' | 'unannounced' | 'toApi'>;
  readonly events: Pick<Events, 'on'>;
  /** Resolves when the message is promised durably; the same call announced twice is one message. */
  readonly announce: (call: CallView) => Promise<void>;
  readonly logger: Logger;
  readonly now: () => Date;
}

/** Calls that end close together are told, and ticked off, together: three commands, and nobody waits for them. */
const gatherMs = 100;
/** Whoever wrote the end down has announced it by then, or never will. */
export const announcedWithinMs = 15_000;
const mostPerSweep = 500;

/**
 * The write that ends a call also notes that its end was not announced yet. Here it is announced and the note is taken back; what a
 * crash leaves between is found by the note.
 */
export function createEndAnnouncements(options: EndAnnouncementOptions): EndAnnouncements {
  const { calls, logger, now } = options;
  const waiting: CallView[] = [];
  let running: Promise<void> | undefined;

  async function tell(ended: readonly CallView[]): Promise<void> {
    const results = await Promise.allSettled(ended.map(call => options.announce(call)));
    const told = ended.filter((_, index) => results[index]!.status === 'fulfilled').map(({ id }) => id);
    const failed = results.find(result => result.status === 'rejected');
    if (failed) logger.warn({ err: failed.reason }, 'the end of a call could not be announced; it is tried again');
    if (told.length > 0) await calls.announced(told);
  }

  async function drain(): Promise<void> {
    await new Promise(resolve => setTimeout(resolve, gatherMs));
    while (waiting.length > 0) {
      const lot = waiting.splice(0, mostPerSweep);
      await tell(lot).catch(err =>
        logger.warn({ err }, 'that ends of calls were announced could not be noted; they are announced again'),
      );
    }
  }

  const stopListening = options.events.on('calls.ended', ({ call }) => {
    waiting.push(call);
    running ??= drain().finally(() => {
      running = undefined;
    });
  });

  return {
    async sweep() {
      const forgotten = await calls.unannounced(new Date(now().getTime() - announcedWithinMs), mostPerSweep);
      if (forgotten.length > 0) await tell(forgotten.map(call => calls.toApi(call)));
      return forgotten.length;
    },
    async close() {
      stopListening();
      while (running) await running;
    },
  };
}
