import type { Turn } from './transcript-repository.ts';

const speakers = { agent: 'Agent', caller: 'Caller', person: 'Colleague' } as const;

/** What was heard of a turn, in one line: what people and machines said may hold anything. */
const lineOf = ({ heardText, text }: Turn): string =>
  (heardText ?? text)
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is taken out.
    .replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]+/g, ' ')
    .trim();

/** `01:02:03.456`, as WebVTT writes it. */
function timestamp(ms: number): string {
  const whole = Math.max(0, Math.round(ms));
  const pad = (value: number, length = 2) => String(value).padStart(length, '0');
  const [hours, minutes, seconds] = [whole / 3_600_000, (whole / 60_000) % 60, (whole / 1_000) % 60].map(Math.floor);
  return `${pad(hours!)}:${pad(minutes!)}:${pad(seconds!)}.${pad(whole % 1_000, 3)}`;
}

/** Turns of which something was heard, in the order of their beginnings. */
const heardTurns = (turns: readonly Turn[]): Turn[] =>
  turns.filter(turn => lineOf(turn) !== '').sort((one, other) => one.startMs - other.startMs);

/** The transcript for people to read. */
export const transcriptAsText = (turns: readonly Turn[]): string =>
  heardTurns(turns)
    .map(turn => `[${timestamp(turn.startMs)}] ${speakers[turn.role]}: ${lineOf(turn)}\n`)
    .join('');

const escapes: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;' };

/**
 * The transcript as WebVTT, for players. `offsetMs` is where in the call the sound begins that it runs beside. What was said cannot
 * end a cue, begin another one, or become a tag: it is one line, and its `<`, `>` and `&` are escaped.
 */
export function transcriptAsVtt(turns: readonly Turn[], offsetMs = 0): string {
  const cues = heardTurns(turns).flatMap((turn, index) => {
    const from = Math.max(0, turn.startMs - offsetMs);
    const to = Math.max(turn.endMs - offsetMs, from + 1);
    if (turn.endMs < offsetMs) return [];
    const text = lineOf(turn).replace(/[&<>]/g, character => escapes[character]!);
    return [`${index + 1}\n${timestamp(from)} --> ${timestamp(to)}\n<v ${speakers[turn.role]}>${text}\n`];
  });
  return `WEBVTT\n\n${cues.join('\n')}`;
}
