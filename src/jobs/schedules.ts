import { Cron } from 'croner';
import type { Logger } from 'pino';
import type { Clock } from './clock.ts';
import type { JobType, Schedule } from './queue.ts';

export interface SchedulesOptions {
  clock: Clock;
  logger: Logger;
  /** Writes the job of a tick; the store decides which process was first. */
  enqueueTick(type: JobType<object>, payload: object, tick: string, at: Date): Promise<void>;
}

export interface Schedules {
  add(type: JobType<object>, schedule: Schedule<object>): void;
  start(): void;
  stop(): void;
}

const defaultCatchUpMs = 10 * 60_000;
/** A tick is known as long as its job's record is kept; an older one could be taken for new. */
export const longestCatchUpMs = 12 * 60 * 60_000;
const retryMs = 5_000;

/** Follows cron patterns. Every process sees every tick; the unique key of a tick lets one of them enqueue its job. */
export function createSchedules({ clock, logger, enqueueTick }: SchedulesOptions): Schedules {
  const starts: (() => void)[] = [];
  const cancels = new Map<string, () => void>();
  let running = false;

  function follow(type: JobType<object>, schedule: Schedule<object>): void {
    const cron = new Cron(schedule.cron, { paused: true, timezone: schedule.timeZone ?? 'UTC' });
    // A zone that does not exist shows only when it is used; it must show here, not in a timer.
    cron.nextRun(new Date(clock.now()));
    const catchUpMs = Math.min(schedule.catchUpMs ?? defaultCatchUpMs, longestCatchUpMs);

    /** The latest tick that is not later than `now`. */
    function latestTick(now: number): Date | undefined {
      // "Previous" excludes the moment itself and whole seconds are compared; so look from a second ahead.
      return cron.previousRuns(3, new Date(now + 1_000)).find(tick => tick.getTime() <= now);
    }

    /** Sets the timer for the first tick after `seen`, which may have passed while the store was asked. */
    function armAfter(seen: number): void {
      const next = cron.nextRun(new Date(seen));
      if (next) wakeIn(Math.max(0, next.getTime() - clock.now()));
    }

    function wakeIn(delayMs: number): void {
      if (running)
        cancels.set(
          type.name,
          clock.after(delayMs, () => void tickNow()),
        );
    }

    async function tickNow(): Promise<void> {
      const now = clock.now();
      // After a sleep of the machine several ticks may have passed; the latest stands for all of them.
      const tick = latestTick(now);
      if (tick && now - tick.getTime() <= catchUpMs) {
        const payload = typeof schedule.payload === 'function' ? schedule.payload(tick) : schedule.payload;
        try {
          await enqueueTick(type, payload, `${type.name} ${tick.toISOString()}`, tick);
        } catch (error) {
          logger.warn({ err: error, job: type.name }, 'a scheduled job could not be enqueued; trying again');
          return wakeIn(retryMs);
        }
      }
      armAfter(now);
    }

    starts.push(() => void tickNow());
    if (running) void tickNow();
  }

  return {
    add: follow,
    start() {
      running = true;
      for (const start of starts) start();
    },
    stop() {
      running = false;
      for (const cancel of cancels.values()) cancel();
    },
  };
}
