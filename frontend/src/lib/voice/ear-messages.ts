/** What the page and the audio thread of a listener say to each other. */
export type EarSide = 'caller' | 'agent' | 'person';
export type ToEar = { kind: 'piece'; side: EarSide; mulaw: Uint8Array } | { kind: 'clear' };
/** Ten times a second, each between 0 and 1. */
export type FromEar = { kind: 'levels'; levels: Readonly<Record<EarSide, number>> };

export type ToMouth = { kind: 'mute'; on: boolean };
export type FromMouth = { kind: 'frame'; frame: Uint8Array } | { kind: 'level'; level: number };

export const earName = 'parley-ear';
export const mouthName = 'parley-mouth';
