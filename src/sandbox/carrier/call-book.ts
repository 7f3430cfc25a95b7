import type { LiveCall } from './live-call.ts';
import type { TwinCall } from './twin-call.ts';

/** Every call the account knows, newest last, and the ones that are going on. */
export interface CallBook {
  add(call: TwinCall): void;
  get(sid: string): TwinCall | undefined;
  /** Newest first. */
  newestFirst(): TwinCall[];
  remove(sid: string): void;
  readonly live: Map<string, LiveCall>;
  /** Told on every change of a call; returns how to stop listening. */
  onChange(listener: (call: TwinCall) => void): () => void;
  changed(call: TwinCall): void;
}

/** A twin that runs for weeks forgets its oldest ended calls. */
const keptCalls = 50_000;

export function createCallBook(): CallBook {
  const calls = new Map<string, TwinCall>();
  const live = new Map<string, LiveCall>();
  const listeners = new Set<(call: TwinCall) => void>();
  return {
    live,
    add(call) {
      calls.set(call.sid, call);
      if (calls.size <= keptCalls) return;
      for (const sid of calls.keys()) {
        if (live.has(sid)) continue;
        calls.delete(sid);
        break;
      }
    },
    get: sid => calls.get(sid),
    newestFirst: () => [...calls.values()].reverse(),
    remove: sid => void calls.delete(sid),
    onChange(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    changed(call) {
      for (const listener of listeners) listener(call);
    },
  };
}
