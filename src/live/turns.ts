/** Many small pieces of work, a few in each turn of the event loop, in order: audio that comes meanwhile waits for a few of them. */
export interface Turns {
  /** Does it at once while this turn has room and nothing waits; else in one of the next. */
  run(task: () => void): void;
  /** Resolves when it is one's turn. */
  next(): Promise<void>;
  /** Does everything that waits now. */
  flush(): void;
}

export function createTurns(perTurn: number): Turns {
  let waiting: (() => void)[] = [];
  let done = 0;
  let armed = false;

  const arm = () => {
    if (armed) return;
    armed = true;
    setImmediate(turn);
  };

  function turn(): void {
    armed = false;
    const now = waiting.splice(0, perTurn);
    done = now.length;
    if (done > 0) arm();
    for (const task of now) task();
  }

  function run(task: () => void): void {
    arm();
    if (waiting.length > 0 || done >= perTurn) {
      waiting.push(task);
      return;
    }
    done += 1;
    task();
  }

  return {
    run,
    next: () => new Promise(resolve => run(resolve)),
    flush() {
      const all = waiting;
      waiting = [];
      for (const task of all) task();
    },
  };
}
