import { outcomeWord } from '../../components/outcome-mark.tsx';
import { nameInWords } from '../../lib/code-words.ts';
import { formatClock, formatDuration, formatMs } from '../../lib/format.ts';
import { spacedNumber } from '../../lib/phone-number.ts';
import { callsText } from '../../strings/calls.ts';
import type { CallEvent } from './api/calls.ts';
import { askerOf } from './asker.ts';

const words = callsText.events;

/** Milliseconds since the call was answered, as turns count them; null before anybody answered. */
export function offsetOf(at: string, answeredAt: string | null): number | null {
  if (answeredAt === null) return null;
  const ms = Date.parse(at) - Date.parse(answeredAt);
  return ms < 0 ? null : ms;
}

/** What happened, in words; the name itself where this page knows no words for it. */
export const titleOf = ({ type }: CallEvent): string => words.titles[type] ?? type;
export const isKnown = ({ type }: CallEvent): boolean => type in words.titles;

/** What is shown beside it: the few things that say more than the title, in words where there are some. */
export function detailsOf({ data }: CallEvent): string[] {
  const details: string[] = [];
  for (const [name, value] of Object.entries(data)) {
    if (
      hidden.has(name) ||
      /(?:Id|Sid)$/.test(name) ||
      value === null ||
      value === '' ||
      (Array.isArray(value) && value.length === 0)
    )
      continue;
    details.push(detailOf(name, value));
  }
  return details;
}

/** Ids and counters for whoever looks under Raw. */
const hidden = new Set(['sequence', 'startMs', 'resumes']);

function detailOf(name: string, value: unknown): string {
  const named = (told: string) => `${words.names[name] ?? nameInWords(name)}: ${told}`;
  if (typeof value === 'boolean') return named(value ? callsText.rules.yes : callsText.rules.no);
  if (typeof value === 'number' && /ms$/i.test(name)) return named(spanOf(value));
  if (typeof value === 'number' && /seconds$/i.test(name)) return formatDuration(value);
  const text = toldOf(value);
  if (name === 'outcome') return outcomeWord(text);
  if (name === 'terminationSource') return callsText.endedBy[text] ?? text;
  if (name === 'reason' || name === 'terminationReason') return callsText.call.reasons[text] ?? plain(text);
  if (name === 'text' || name === 'note') return `“${text}”`;
  if (name === 'by' || name === 'name' || name === 'tool') return text;
  if (name === 'to' || name === 'from') return spacedNumber(text);
  if (name === 'requestedBy') return named(askerOf(text).toLowerCase());
  return named(callsText.call.machines[text]?.toLowerCase() ?? plain(text));
}

/** What a value says, without its wrapping. */
function toldOf(value: unknown): string {
  if (Array.isArray(value)) return value.map(toldOf).join(', ');
  if (typeof value !== 'object' || value === null) return String(value);
  const { message, code } = value as { message?: unknown; code?: unknown };
  return typeof message === 'string' ? message : typeof code === 'string' ? code : JSON.stringify(value);
}

/** Codes among the values, as words; what is none stays. */
const plain = (text: string): string =>
  /^[a-z]+(?:[-_][a-z]+)+$/.test(text)
    ? text.replace(/[-_]/g, ' ')
    : /^\d{4}-\d{2}-\d{2}T/.test(text)
      ? formatClock(Date.parse(text))
      : text;

/** "680 ms", "9 s", "2 min 14 s": nobody reads thousands of milliseconds. */
const spanOf = (ms: number): string =>
  ms < 1_000 ? formatMs(ms) : ms < 60_000 ? `${Math.round(ms / 100) / 10} s` : formatDuration(ms / 1_000);

/** What somebody scans for; the rest says how the call was wired, and is shown on demand. */
const wiring =
  /^(stream|agent-(ready|ping)|ping|call\.(claimed|queued)|recording\.(requested|recorded)|conversation\.|vendor\.|ending$|cost\.|listening-|agent-tool-|transcript\.)/;
export const isWiring = ({ type }: CallEvent): boolean => wiring.test(type);

export interface ToolRun {
  readonly seq: number;
  readonly name: string;
  readonly state: 'running' | 'answered' | 'failed' | 'refused';
  readonly ms: number | null;
}

/** The tools that the agent used, each once: ours as they were called and answered, and those of its vendor. */
export function toolRuns(events: readonly CallEvent[]): ToolRun[] {
  const runs = new Map<string, ToolRun>();
  for (const { seq, type, data } of events) {
    const key = String(data['toolCallId'] ?? seq);
    const before = runs.get(key);
    const name = String(data['name'] ?? data['tool'] ?? before?.name ?? '');
    const ms = typeof data['ms'] === 'number' ? data['ms'] : (before?.ms ?? null);
    if (type === 'tool-called' || type === 'agent-tool-requested') {
      runs.set(key, before ?? { seq, name, state: 'running', ms });
    } else if (type === 'tool-refused') runs.set(key, { seq: before?.seq ?? seq, name, state: 'refused', ms });
    else if (type === 'tool-answered' || type === 'agent-tool-finished') {
      const failed = data['isError'] === true || data['status'] === 'error' || before?.state === 'failed';
      runs.set(key, { seq: before?.seq ?? seq, name, state: failed ? 'failed' : 'answered', ms });
    }
  }
  return [...runs.values()];
}

/** What is marked below the waveform. */
export const isMarked = ({ type }: CallEvent): boolean =>
  [
    'tool-called',
    'interrupted',
    'whisper',
    'taken-over',
    'handed-back',
    'dtmf',
    'transfer.begun',
    'agent-lost',
  ].includes(type);
