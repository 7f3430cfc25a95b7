import type { MediaFigures } from './bridge.types.ts';

/** What is counted over all sessions of a process. Never called for a frame. */
export interface SessionObserver {
  started(): void;
  agentReady(ms: number): void;
  firstWord(ms: number): void;
  turn(ms: number): void;
  /** A socket was lost; code as WebSocket knows it, or null where there was none. */
  lost(side: 'carrier' | 'agent', code: number | null): void;
  agentFailed(reason: string): void;
  /** Once, at the end. */
  ended(source: string, figures: MediaFigures): void;
}
