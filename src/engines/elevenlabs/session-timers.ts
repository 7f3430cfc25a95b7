/** The timers of one session by name; setting one again replaces it. After `clear` none is left. */
export interface SessionTimers {
  after(name: string, ms: number, run: () => void): void;
  cancel(name: string): void;
  clear(): void;
}

export function createSessionTimers(): SessionTimers {
  const timers = new Map<string, NodeJS.Timeout>();
  const cancel = (name: string) => {
    clearTimeout(timers.get(name));
    timers.delete(name);
  };
  return {
    after(name, ms, run) {
      cancel(name);
      timers.set(
        name,
        setTimeout(() => {
          timers.delete(name);
          run();
        }, ms),
      );
    },
    cancel,
    clear() {
      for (const name of [...timers.keys()]) cancel(name);
    },
  };
}
