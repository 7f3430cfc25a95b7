import type { TwinClock } from '../clock.ts';
import { ping, type ServerMessage } from './server-messages.ts';

const everyMs = 5_000;
const keptLatencies = 500;

/** Asks the client for signs of life and measures how long it takes: pings by the twin's clock, the measuring in real time. */
export function startPings(options: {
  clock: TwinClock;
  timeoutMs: number;
  send(message: ServerMessage): void;
  nextEventId(): number;
  unanswered(detail: string): void;
}) {
  const open = new Map<number, number>();
  const latenciesMs: number[] = [];
  let timer: { cancel(): void } | undefined;
  let stopped = false;

  const round = () => {
    if (stopped) return;
    const now = performance.now();
    const [oldest] = open.values();
    if (oldest !== undefined && now - oldest > options.timeoutMs) {
      return options.unanswered(`a ping was not answered within ${options.timeoutMs} ms`);
    }
    const eventId = options.nextEventId();
    open.set(eventId, now);
    options.send(ping(eventId, latenciesMs.length ? Math.round(latenciesMs.at(-1)!) : undefined));
    timer = options.clock.after(everyMs, round);
  };

  return {
    latenciesMs,
    begin: round,
    /** A ping that was sent by somebody else waits for its answer like the others. */
    sent: (eventId: number) => void open.set(eventId, performance.now()),
    /** False when nobody asked. */
    answered(eventId: number): boolean {
      const asked = open.get(eventId);
      if (asked === undefined) return false;
      open.delete(eventId);
      latenciesMs.push(performance.now() - asked);
      if (latenciesMs.length > keptLatencies) latenciesMs.shift();
      return true;
    },
    stop() {
      stopped = true;
      timer?.cancel();
    },
  };
}
