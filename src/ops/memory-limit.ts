import { totalmem } from 'node:os';

/** The container's memory limit; without one, systems report none, or more than any machine has. */
export function memoryLimit(
  constrained: number = process.constrainedMemory?.() ?? 0,
  physicalBytes: number = totalmem(),
): number | undefined {
  return constrained > 0 && constrained <= physicalBytes ? constrained : undefined;
}
