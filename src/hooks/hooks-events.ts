/** What other systems can be told, as far as something tells it. Names are the contract: fields may be added, names never change. */
export const hookEvents = ['call.ended', 'transcript.ready', 'recording.ready'] as const;
export type HookEvent = (typeof hookEvents)[number];
/** Sent by the test button, whatever a subscription asked for. */
export const testEvent = 'test';

/** Messages are kept this long, delivered or not. */
export const deliveriesKeptDays = 30;

export type HookData = Readonly<Record<string, unknown>>;

/** What the other features tell the hooks feature. */
export interface Announcements {
  /**
   * Promises the message to every subscription that wants it. `once` makes a second announcement of the same thing harmless;
   * `subject` is whose data the message holds (`call:<id>`), so that erasing finds it. Data that must be looked up comes as a
   * function, which is asked only where somebody wants the message; null means that there is nothing to tell.
   */
  announce(
    event: HookEvent,
    once: string,
    subject: string,
    data: HookData | (() => Promise<HookData | null>),
  ): Promise<void>;
  /** Takes the data of a subject out of every message, delivered or not. */
  erase(subject: string): Promise<number>;
}

/** What was given up of one webhook's messages, and can still be sent again. */
export interface GivenUpMessages {
  readonly id: string;
  readonly url: string;
  readonly count: number;
  /** There are more of them than were counted. */
  readonly more: boolean;
  /** When the first of them was given up. */
  readonly since: Date | null;
}

/** A webhook whose receiver has taken nothing since some moment, or that was switched off for it. */
export interface FailingHook {
  readonly id: string;
  readonly url: string;
  readonly enabled: boolean;
  /** Why we switched it off. */
  readonly problem: string | null;
  readonly failingSince: Date | null;
}
