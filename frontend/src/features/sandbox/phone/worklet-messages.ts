/** What the page and its audio thread say to each other. A frame is 20 ms of mu-law. */
export type ToWorklet =
  | { kind: 'frame'; frame: Uint8Array }
  | { kind: 'mute'; on: boolean }
  /** A call began or ended: nothing of the one before may be heard. */
  | { kind: 'clear' };
export type FromWorklet =
  | { kind: 'frame'; frame: Uint8Array }
  /** Ten times a second, between 0 and 1. */
  | { kind: 'levels'; microphone: number; ear: number };

export const processorName = 'parley-phone';
