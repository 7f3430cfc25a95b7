import { totalmem } from 'node:os';
import { memoryLimit } from './memory-limit.ts';

/** Machines of 8 GB report a little less. */
const roomyBytes = 7 * 2 ** 30;

/**
 * V8's flags for a process that may use so much memory, to be set while it starts.
 *
 * V8 goes through the whole heap when it has grown by some 30 MB. For 170 to 230 ms its threads then share the processor with a server that
 * callbacks crowd, which in a rush happened every few seconds. Where there is memory to spare the heap may be four times what it was after the
 * last time. It may not on small machines: the embedded store's heap would grow as much, until calls are refused for want of memory.
 */
export const heapFlags = (memoryBytes: number = memoryLimit() ?? totalmem()): readonly string[] =>
  memoryBytes >= roomyBytes ? ['--heap-growing-percent=300'] : [];
