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

/** A process beside another one on its core has the rest of it: each step of priority is worth a quarter more of the core than the next one. */
export function giveRest(neighbour: Child, { pid }: Child, share: number): void {
  const steps = Math.round(Math.log(share / (1 - share)) / Math.log(1.25));
  setPriority(neighbour.pid, Math.min(19, getPriority(pid) + steps));
}
