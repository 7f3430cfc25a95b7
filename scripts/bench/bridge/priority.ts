import { getPriority, setPriority } from 'node:os';
import type { Child } from './children.ts';

/** Bridges and far ends go before whatever else the machine has to do, where that is allowed: only its administrator may. */
export function prefer({ pid }: Child): void {
  try {
    setPriority(pid, -10);
  } catch {
    // Then they share with the rest, all bridges alike.
  }
}

/** Each step of priority is worth a quarter more of the core than the next one. */
export function giveRest(neighbour: Child, bridge: Child, share: number): void {
  const steps = Math.round(Math.log(share / (1 - share)) / Math.log(1.25));
  setPriority(neighbour.pid, Math.min(19, getPriority(bridge.pid) + steps));
}
