import type { LiveTurn } from '../../../../src/live/live-contract.ts';
import type { CallLogEntry } from '../../lib/live/call-log.ts';
import { spacedNumber } from '../../lib/phone-number.ts';
import { liveText } from '../../strings/live.ts';

export type ConversationLine =
  | { readonly kind: 'turn'; readonly key: string; readonly ms: number; readonly turn: LiveTurn }
  | {
      readonly kind: 'note';
      readonly key: string;
      readonly ms: number;
      readonly text: string;
      readonly after?: string;
    };

const words = liveText.transcript;

/** What is said and what happens, in the order of the call. `answeredAt` is where the turns' milliseconds begin. */
export function conversationLines(
  turns: readonly (LiveTurn | null)[],
  log: readonly CallLogEntry[],
  { answeredAt, person, me }: { answeredAt: string | null; person: string; me: string },
): ConversationLine[] {
  const origin = answeredAt === null ? Number.NaN : Date.parse(answeredAt);
  const lines: ConversationLine[] = [];
  // That a colleague spoke is told by the log, with a note if there is one; the turn says it only where the log does not.
  const told = new Set(log.map(({ type }) => type));
  for (const [index, turn] of turns.entries()) {
    if (turn?.role === 'person' && told.has('taken-over')) continue;
    if (turn && turn.text !== '') lines.push({ kind: 'turn', key: `turn-${index}`, ms: turn.startMs, turn });
  }
  for (const entry of log) {
    const note = noteOf(entry, person, me);
    if (!note) continue;
    const ms = Number.isNaN(origin) ? 0 : Math.max(0, Date.parse(entry.at) - origin);
    lines.push({ kind: 'note', key: `note-${entry.seq}`, ms, ...note });
  }
  // Sorting is stable: what began together stays in the order in which it was told.
  return lines.sort((a, b) => a.ms - b.ms);
}

/** The sentence for an entry of the log; null for the many that only say how the call is wired. */
function noteOf({ type, data }: CallLogEntry, person: string, me: string): { text: string; after?: string } | null {
  const by = textOf(data['by']);
  switch (type) {
    case 'whisper': {
      const said = textOf(data['text']);
      return {
        text: by === me ? words.youWhispered(said) : words.whispered(by, said),
        after: words.agentHasIt(person),
      };
    }
    case 'taken-over':
      return { text: by === me ? words.youTookOver : words.takenOver(by) };
    case 'handed-back':
      return { text: words.handedBack(by === me ? words.byYou : by, textOf(data['note']) || null) };
    case 'line-lost':
      return { text: words.lineLost(by) };
    case 'tool-called':
      return { text: words.tool(textOf(data['name'])) };
    case 'tool-answered':
      return data['isError'] === true ? { text: words.toolFailed(textOf(data['name'])) } : null;
    case 'transfer.begun':
      return { text: words.transferBegun(by === me ? words.byYou : by, spacedNumber(textOf(data['to']))) };
    case 'transfer.answered':
      return { text: words.transferAnswered(spacedNumber(textOf(data['to']))) };
    case 'transfer.failed':
      return { text: words.transferFailed(spacedNumber(textOf(data['to'])), textOf(data['reason'])) };
    case 'transfer.ended':
      return { text: words.transferEnded };
    case 'hand-back-failed':
      return { text: words.handBackFailed(by) };
    default:
      return null;
  }
}

const textOf = (value: unknown): string => (typeof value === 'string' ? value : '');
