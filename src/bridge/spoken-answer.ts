import { bytesPerMs } from '../audio/mulaw.ts';
import { heardPart } from './heard-text.ts';

/** With so little left the last word is being heard; an agent that speaks no faster than its caller hears is always that near. */
const lastWordBytes = 250 * bytesPerMs;

/** One thing the agent said, and how much of it reached the caller. Times are the clock's milliseconds. */
export interface SpokenAnswer {
  /** Counts the answers of a session from 0. */
  readonly index: number;
  readonly eventId: number | null;
  readonly text: string;
  /** All audio that came for it, also what was cut. */
  readonly totalMs: number;
  readonly heardMs: number;
  /** Words of `text` that were heard, as far as the audio tells. */
  readonly heardText: string;
  /** When the caller began to hear it, or will; null while there is no audio. */
  readonly startsAt: number | null;
  /** `queued` nothing was heard yet · `playing` · `heard` to its end as far as it came · `cut` the rest was taken away. */
  readonly state: 'queued' | 'playing' | 'heard' | 'cut';
}

/** What is known of an answer: where in the queue its audio lies, and under which numbers its words and audio came. */
export interface AnswerEntry {
  readonly index: number;
  readonly eventIds: Set<number>;
  textId: number | null;
  /** The number under which audio came for it last. */
  audioId: number | null;
  text: string;
  /** Whether its text stands under the number that its audio carries. */
  audioUnderTextId: boolean;
  /** Where in the queue its audio lies: from, to, from, to, … */
  spans: number[];
  totalBytes: number;
  startsAt: number | null;
  cut: boolean;
  /** Length of the text that the vendor says was heard. */
  vendorLength: number | null;
  /** How it was told last, while time alone changes nothing about it any more. */
  told: SpokenAnswer | null;
}

/** An answer as it is told, when so much of the queue was played. */
export function spokenAnswer(entry: AnswerEntry, played: number): SpokenAnswer {
  const { spans, totalBytes, cut, text } = entry;
  let heard = 0;
  for (let at = 0; at < spans.length; at += 2) heard += Math.max(0, Math.min(spans[at + 1]!, played) - spans[at]!);
  const open = cut ? 'cut' : heard === 0 ? 'queued' : 'playing';
  const state = !cut && totalBytes > 0 && heard >= totalBytes ? 'heard' : open;
  const allButHeard = state === 'playing' && totalBytes - heard < lastWordBytes;
  const byAudio = state === 'heard' || allButHeard ? text : heardPart(text, totalBytes === 0 ? 0 : heard / totalBytes);
  const heardText =
    entry.vendorLength !== null && entry.vendorLength < byAudio.length
      ? text.slice(0, entry.vendorLength).trimEnd()
      : byAudio;
  return {
    index: entry.index,
    eventId: entry.textId,
    text,
    totalMs: totalBytes / bytesPerMs,
    heardMs: heard / bytesPerMs,
    heardText,
    startsAt: entry.startsAt,
    state,
  };
}
