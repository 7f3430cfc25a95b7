/**
 * Gathers what many ask for one by one, so that one command does it for all of them. While that is under way the next ones gather;
 * everybody is told what became of the command that took theirs.
 */
export function gathered<T>(work: (items: T[]) => Promise<void>, most = 500): (item: T) => Promise<void> {
  return answered(async items => {
    await work(items);
    return [];
  }, most);
}

/** The same where everybody has an answer of their own: `work` gives them in the order of the items, and begins after all were asked. */
export function answered<T, A>(work: (items: T[]) => Promise<readonly A[]>, most = 500): (item: T) => Promise<A> {
  let waiting: { item: T; resolve: (answer: A) => void; reject: (error: unknown) => void }[] = [];
  let running = false;

  async function drain(): Promise<void> {
    running = true;
    // Whoever asks in the same moment goes along.
    await new Promise(resolve => setImmediate(resolve));
    while (waiting.length > 0) {
      const batch = waiting.slice(0, most);
      waiting = waiting.slice(batch.length);
      try {
        const answers = await work(batch.map(({ item }) => item));
        for (const [index, { resolve }] of batch.entries()) resolve(answers[index] as A);
      } catch (error) {
        for (const { reject } of batch) reject(error);
      }
    }
    running = false;
  }

  return item =>
    new Promise((resolve, reject) => {
      waiting.push({ item, resolve, reject });
      if (!running) void drain();
    });
}

/** Questions that are asked again and again, one at a time for each key: whoever asks while one is under way shares the next. */
export function shared<A>(ask: (key: string) => Promise<A>): (key: string) => Promise<A> {
  const answers = answered<string, Promise<A>[]>(async keys => {
    const asked = new Map([...new Set(keys)].map(key => [key, ask(key)]));
    await Promise.allSettled(asked.values());
    // In a list, as a promise that is handed over bare would be waited for by all.
    return keys.map(key => [asked.get(key)!]);
  });
  return async key => (await answers(key))[0]!;
}
