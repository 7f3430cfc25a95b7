import { performance } from 'node:perf_hooks';
import { getHeapSpaceStatistics, setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { CommandError } from '../errors.ts';
import type { MemoryStanding, StoreEvent } from '../messages.ts';

const warnShare = 0.75;
/** So full, nothing new is taken; what is there may still be changed a little, so that work which is under way comes to an end. */
const refuseShare = { much: 0.88, little: 0.94 } as const;
const measureMs = 10;
/** A full collection stops the store for a moment; so it is asked for seldom. */
const collectMs = 10_000;

/**
 * Watches how full the heap is, because a heap that overflows ends the whole store without a word. A measurement may count garbage; so
 * before it warns or refuses, it has the garbage collected and looks again.
 */
export class HeapGuard {
  readonly #limit: number;
  readonly #onEvent: (event: StoreEvent) => void;
  #share = 0;
  #measuredAt = 0;
  #collectedAt = Number.NEGATIVE_INFINITY;
  #warned = false;

  constructor(maxHeapMb: number, onEvent: (event: StoreEvent) => void) {
    this.#limit = maxHeapMb * 2 ** 20;
    this.#onEvent = onEvent;
  }

  /** Throws when storing more could overflow the heap; removing and reading still work. */
  assertRoom(growth: keyof typeof refuseShare): void {
    this.#look();
    if (this.#share < refuseShare[growth]) return;
    throw new CommandError(
      'ExceededMemoryLimit',
      `The embedded store uses ${this.#percent()} of its ${Math.round(this.#limit / 2 ** 20)} MB of memory: ` +
        'remove data, give it more memory, or set MONGODB_URI to a MongoDB server',
    );
  }

  /** How full it is, and what that means. */
  standing(): MemoryStanding {
    this.#look();
    const state = this.#share >= refuseShare.much ? 'full' : this.#warned ? 'low' : 'roomy';
    return { state, usedPercent: Math.round(this.#share * 100), limitMb: Math.round(this.#limit / 2 ** 20) };
  }

  #look(): void {
    const now = performance.now();
    // With room to spare now and then is enough; in the upper half a few commands can make the difference.
    if (this.#share < 0.5 && now - this.#measuredAt < measureMs) return;
    this.#measuredAt = now;
    this.#share = usedBytes() / this.#limit;
    if (this.#share < warnShare) {
      this.#warned = false;
      return;
    }
    if ((!this.#warned || this.#share >= refuseShare.much) && now - this.#collectedAt > collectMs) {
      collectGarbage();
      this.#collectedAt = performance.now();
      this.#share = usedBytes() / this.#limit;
    }
    if (this.#warned || this.#share < warnShare) return;
    this.#warned = true;
    this.#onEvent({
      level: 'warn',
      code: 'MEMORY_LOW',
      message:
        `The store uses ${this.#percent()} of its ${Math.round(this.#limit / 2 ** 20)} MB of memory; ` +
        `at ${refuseShare.much * 100} % it refuses to store more. Set MONGODB_URI to a MongoDB server, or give it more memory`,
    });
  }

  #percent(): string {
    return `${Math.round(this.#share * 100)} %`;
  }
}

/** The young count as well: most of them stay, and a collection may move all of them over at once. */
function usedBytes(): number {
  return getHeapSpaceStatistics().reduce((sum, space) => sum + space.space_used_size, 0);
}

function collectGarbage(): void {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  collect();
}
