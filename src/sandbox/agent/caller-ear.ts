import { bytesPerMs, frameBytes, linearOfMulaw } from '../../audio/mulaw.ts';
import type { Clip } from '../audio/clip-library.ts';
import { createRecogniser, type FingerprintIndex, type RecognisedStretch } from '../audio/fingerprint.ts';
import { isSpeech } from '../audio/line-sound.ts';

/** What one turn of the caller held. */
export interface CallerTurn {
  /** The clips in it, with how much of each arrived bit by bit (1 is all of it). */
  readonly clips: readonly { clip: Clip; heard: number }[];
  readonly speechMs: number;
  /** A beep or a fax, no voice. */
  readonly tone: boolean;
}

export type EarEvent =
  /** Somebody has been speaking long enough to mean it; the clip, as far as it is known yet. */
  { kind: 'speaking'; clip: Clip | undefined } | { kind: 'turn'; turn: CallerTurn };

export interface CallerEar {
  /** Takes line audio, cut anywhere, and says what became of the caller's turn in it. */
  push(audio: Buffer): EarEvent[];
  readonly speaking: boolean;
  /** Every stretch that was recognised since the beginning. */
  readonly stretches: readonly RecognisedStretch[];
}

const stepMs = 20;
const meaningItMs = 200;
const breathMs = 60;
const steadyTone = 1.02;
const keptStretches = 2_000;

/** Listens to a caller. All it knows of time is how much audio it was given. */
export function createCallerEar(
  index: FingerprintIndex,
  clipOf: (id: string) => Clip | undefined,
  endOfTurnMs: number,
): CallerEar {
  const recogniser = createRecogniser(index);
  const stretches: RecognisedStretch[] = [];
  let rest: Buffer = Buffer.alloc(0);
  let turnStretches: RecognisedStretch[] = [];
  let burstMs = 0;
  let speechMs = 0;
  let silentMs = 0;
  let speaking = false;
  let levels: number[] = [];

  const keep = (found: RecognisedStretch[]) => {
    turnStretches.push(...found);
    stretches.push(...found);
    if (stretches.length > keptStretches) stretches.splice(0, stretches.length - keptStretches);
  };
  const endTurn = (): CallerTurn => {
    keep(recogniser.flush());
    const turn = { clips: clipsOf(turnStretches, clipOf), speechMs, tone: isTone(levels) };
    turnStretches = [];
    speaking = false;
    burstMs = speechMs = 0;
    levels = [];
    return turn;
  };
  const hear = (frame: Buffer, events: EarEvent[]) => {
    keep(recogniser.push(frame));
    if (isSpeech(frame)) {
      silentMs = 0;
      burstMs += stepMs;
      speechMs += stepMs;
      levels.push(levelOf(frame));
      if (!speaking && burstMs >= meaningItMs) {
        speaking = true;
        const id = recogniser.current()?.clipId ?? turnStretches.at(-1)?.clipId;
        events.push({ kind: 'speaking', clip: id === undefined ? undefined : clipOf(id) });
      }
      return;
    }
    silentMs += stepMs;
    if (silentMs >= breathMs) burstMs = 0;
    if (silentMs < endOfTurnMs) return;
    if (speaking) events.push({ kind: 'turn', turn: endTurn() });
    else if (speechMs > 0) endTurn(); // a click is no turn
  };

  return {
    stretches,
    get speaking() {
      return speaking;
    },
    push(audio) {
      const events: EarEvent[] = [];
      const bytes = rest.length ? Buffer.concat([rest, audio]) : audio;
      const whole = bytes.length - (bytes.length % frameBytes);
      for (let at = 0; at < whole; at += frameBytes) hear(bytes.subarray(at, at + frameBytes), events);
      rest = Buffer.from(bytes.subarray(whole));
      return events;
    },
  };
}

function clipsOf(stretches: readonly RecognisedStretch[], clipOf: (id: string) => Clip | undefined) {
  const heard = new Map<string, number>();
  for (const each of stretches) heard.set(each.clipId, (heard.get(each.clipId) ?? 0) + each.to - each.from);
  return [...heard].flatMap(([id, bytes]) => {
    const clip = clipOf(id);
    // A few equal samples prove nothing.
    return clip && bytes >= 50 * bytesPerMs ? [{ clip, heard: Math.min(1, bytes / clip.bytes.length) }] : [];
  });
}

function levelOf(frame: Buffer): number {
  let sum = 0;
  for (const byte of frame) sum += Math.abs(linearOfMulaw[byte]!);
  return sum;
}

/** A machine's beep is equally loud from its second frame to its last but one; no voice is. */
function isTone(levels: readonly number[]): boolean {
  const inner = levels.slice(1, -1);
  return inner.length >= 5 && Math.max(...inner) / Math.max(1, Math.min(...inner)) < steadyTone;
}

/** What the caller said, in words: as many words of each clip as arrived of its audio. */
export function wordsOf(turn: CallerTurn): string {
  if (!turn.clips.length) return `(speech of ${(turn.speechMs / 1_000).toFixed(1)} s that no clip matches)`;
  return turn.clips.map(({ clip, heard }) => firstWords(clip.text, heard)).join(' ');
}

/** The first words of a text, by the share of it that was heard. */
export function firstWords(text: string, share: number): string {
  if (share >= 1) return text;
  const words = text.split(' ');
  return words.slice(0, Math.floor(words.length * share)).join(' ');
}
