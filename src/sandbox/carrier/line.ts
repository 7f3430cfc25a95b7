import { type AudioFrame, silentFrame } from '../audio/audio-frame.ts';
import { isSpeech } from '../audio/line-sound.ts';
import type { Ticker } from '../ticker.ts';
import type { LineParty } from './person-on-line.ts';

/** What the person hears and where their voice goes: a media stream, a spoken sentence, another person. */
export interface FarEnd {
  /** The next 20 ms for the person's ear, undefined for silence. */
  play(): Buffer | undefined;
  /** The last 20 ms of the person's voice. */
  hear(frame: AudioFrame): void;
}

/** Listens to both directions at once: recordings, detectors, forked streams. */
export type LineTap = (said: AudioFrame, heard: Buffer | undefined, heardSpeech: boolean) => void;

export interface Line {
  /** Puts something at the other end; the previous one is let go. */
  connect(far: FarEnd | undefined): void;
  /** Lets go of this one, if it is still the one that is connected. */
  disconnect(far: FarEnd): void;
  tap(tap: LineTap): () => void;
  close(): void;
}

/** The audio path of one answered call: every 20 ms one frame in each direction. */
export function openLine(party: LineParty, ticker: Ticker): Line {
  const taps = new Set<LineTap>();
  let far: FarEnd | undefined;
  const stop = ticker.add(() => {
    const said = party.next();
    const heard = far?.play();
    const speech = heard !== undefined && isSpeech(heard);
    far?.hear(said);
    party.hear(heard ?? silentFrame.bytes, speech);
    for (const tap of taps) tap(said, heard, speech);
  });
  return {
    connect: next => {
      far = next;
    },
    disconnect: previous => {
      if (far === previous) far = undefined;
    },
    tap: tap => {
      taps.add(tap);
      return () => void taps.delete(tap);
    },
    close: stop,
  };
}
