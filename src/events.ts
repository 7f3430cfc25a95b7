import { EventEmitter } from 'node:events';

/** Everything features tell each other. Each feature adds its events in its own `*-events.ts` by declaration merging. */
// biome-ignore lint/suspicious/noEmptyInterface: features fill it by declaration merging.
export interface DomainEvents {}

export type DomainEventName = keyof DomainEvents;

/** One emitter per process: what is said here is heard at once by whoever listens, and a listener's mistake stays its own. */
export interface Events {
  publish<N extends DomainEventName>(name: N, event: DomainEvents[N]): void;
  /** Returns the way to stop listening. */
  on<N extends DomainEventName>(name: N, listener: (event: DomainEvents[N]) => void): () => void;
}

export function createEvents(onError: (error: unknown, name: string) => void): Events {
  const emitter = new EventEmitter();
  emitter.setMaxListeners(0);
  return {
    publish: (name, event) => void emitter.emit(name, event),
    on: (name, listener) => {
      const guarded = (event: DomainEvents[typeof name]) => {
        try {
          listener(event);
        } catch (error) {
          onError(error, name);
        }
      };
      emitter.on(name, guarded);
      return () => void emitter.off(name, guarded);
    },
  };
}
