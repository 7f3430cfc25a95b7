import { announce } from './announcements.ts';

/** What nobody asked for is spoken at most this often, whatever happens: whoever listens to a page also works on it. */
export const newsEveryMs = 10_000;

export interface News {
  /** Has a sentence spoken as soon as there is room. Until then the newest of a topic takes the place of those before; null is nothing to say after all. */
  tell(topic: string, sentence: () => string | null): void;
}

export interface NewsClock {
  now(): number;
  after(ms: number, then: () => void): void;
}

/** Speaks news politely, in one sentence after the other and never more often than every ten seconds. */
export function createNews(say: (sentence: string) => void, clock: NewsClock): News {
  const waiting = new Map<string, () => string | null>();
  let saidAt = Number.NEGATIVE_INFINITY;
  let comes = false;

  const speak = () => {
    comes = false;
    const sentences = [...waiting.values()].map(each => each()).filter(each => each !== null);
    waiting.clear();
    if (sentences.length === 0) return;
    saidAt = clock.now();
    say(sentences.join(' '));
  };
  return {
    tell(topic, sentence) {
      waiting.set(topic, sentence);
      if (comes) return;
      const roomIn = saidAt + newsEveryMs - clock.now();
      if (roomIn <= 0) return speak();
      comes = true;
      clock.after(roomIn, speak);
    },
  };
}

/** The one of this page. */
export const news: News = createNews(announce, {
  now: () => performance.now(),
  after: (ms, then) => void setTimeout(then, ms),
});
