/** Thrown where a process is killed: nothing after it happens. */
export class Killed extends Error {}

/** A part whose process dies right before its nth call, which is right after the one before, and stays dead. */
export function dying<T extends object>(clock: { left: number }, part: T): T {
  return new Proxy(part, {
    get(target, name) {
      const value = Reflect.get(target, name, target);
      if (typeof value !== 'function') return value;
      return (...args: unknown[]) => {
        clock.left -= 1;
        if (clock.left <= 0) throw new Killed();
        return value.apply(target, args);
      };
    },
  });
}
