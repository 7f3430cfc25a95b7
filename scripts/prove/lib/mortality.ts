import type { Crash } from './dial-process-order.ts';

/** A life that ends at an operation: from then on nothing of it reaches the store or the carrier any more. */
export interface Mortality {
  /** The same part; these operations of it are counted. */
  of<T extends object>(part: T, counted?: readonly string[]): T;
  readonly isOver: boolean;
}

/** Nobody hears of a dead process again. */
const never = new Promise<never>(() => undefined);

/**
 * Ends at the nth of an operation, before it, amid it, or right after its answer came; `die` is told so, and may end the process. `freeze`
 * is told before the operation, which goes on once the process is continued.
 */
export function createMortality(crash: Crash | null, die: (crash: Crash, operation: string) => void): Mortality {
  let left = crash?.nth ?? 0;
  let isOver = false;
  const end = (name: string): Promise<never> => {
    isOver = true;
    die(crash!, name);
    return never;
  };
  return {
    get isOver() {
      return isOver;
    },
    of(part, counted) {
      return new Proxy(part, {
        get(target, property) {
          const value = Reflect.get(target, property, target) as unknown;
          if (typeof value !== 'function') return value;
          const name = String(property);
          const method = (value as (...args: unknown[]) => unknown).bind(target);
          return (...args: unknown[]) => {
            if (isOver) return never;
            const counts = crash !== null && (!counted || counted.includes(name));
            if (!counts || (crash.of !== null && !crash.of.includes(name))) return method(...args);
            left -= 1;
            if (left !== 0) return method(...args);
            if (crash.how === 'freeze') die(crash, name);
            if (crash.how === 'before') return end(name);
            const result = method(...args);
            // The request leaves, and nobody hears its answer.
            if (crash.how === 'amid') {
              Promise.resolve(result).catch(() => undefined);
              return end(name);
            }
            if (crash.how === 'freeze') return result;
            return Promise.resolve(result).then(
              () => end(name),
              () => end(name),
            );
          };
        },
      });
    },
  };
}
