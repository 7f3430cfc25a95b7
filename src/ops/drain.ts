import { within } from '../within.ts';

/** Work that must end by itself before the process may go: a live call, a running job. */
export interface LiveWork {
  readonly name: string;
  /** How many are alive now. */
  count(): number;
  /** Called once when draining begins; resolves when nothing of it is alive any more. */
  settled(): Promise<void>;
}

export type DrainState = 'running' | 'draining' | 'closed';

/** Knows whether the process still takes new work, and waits for the work that is alive. */
export interface Drain {
  state(): DrainState;
  /** Live work that holds the process; registered by the feature that owns it. */
  hold(work: LiveWork): void;
  live(): { name: string; count: number }[];
  /** Runs when draining begins: stop claiming, refuse new calls. */
  onBegin(listener: () => void): void;
  /** Refuses new work from now on; resolves with true when all live work ended, with false when the time is up. */
  begin(timeoutMs: number): Promise<boolean>;
}

export function createDrain(): Drain {
  let state: DrainState = 'running';
  const works: LiveWork[] = [];
  const listeners: (() => void)[] = [];
  let ending: Promise<boolean> | undefined;

  const waitFor = async (timeoutMs: number): Promise<boolean> => {
    state = 'draining';
    for (const listener of listeners) listener();
    const settled = () => Promise.all(works.map(work => work.settled())).then(() => true);
    const ended = await within(timeoutMs, settled, () => false);
    state = 'closed';
    return ended;
  };

  return {
    state: () => state,
    hold: work => void works.push(work),
    live: () => works.map(work => ({ name: work.name, count: work.count() })),
    onBegin: listener => void listeners.push(listener),
    begin: timeoutMs => {
      ending ??= waitFor(timeoutMs);
      return ending;
    },
  };
}
