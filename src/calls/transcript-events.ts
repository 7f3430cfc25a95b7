import type { SpokenTurn } from '../bridge/bridge.types.ts';

declare module '../events.ts' {
  interface DomainEvents {
    /** A turn of a live call was added or has changed; `index` is its place in the transcript. */
    'transcript.appended': {
      readonly callId: string;
      readonly index: number;
      readonly turn: SpokenTurn;
      readonly at: Date;
    };
  }
}
