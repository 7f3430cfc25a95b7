import { isPrompt } from '../bridge/agent-instructions-contract.ts';
import type { ReportedTurn } from '../engines/conversation-contract.ts';
import type { Turn } from './transcript-repository.ts';

/** How many of our turns are looked at for one of the vendor's: both are in the order of the call, so it is near. */
const window = 12;
/** And how many where a stretch of ours is unknown to the vendor, as long as their time is not past. */
const widest = 40;
/** The vendor counts in seconds, and from another moment than we do. */
const clockMs = 5_000;
/** From this share of common words two texts are the same sentence. */
const alike = 0.6;

/**
 * Our transcript with what the vendor's adds. Ours tells what was heard and is never lost: its turns keep their places, the vendor's
 * that we did not write down follow behind them, each with the time at which it belongs. Merging the same again changes nothing.
 *
 * @param offsetMs from the answer of the call to the beginning of this conversation
 */
export function mergeTranscripts(ours: readonly Turn[], theirs: readonly ReportedTurn[], offsetMs: number): Turn[] {
  const merged: (Turn | null)[] = [...ours];
  const order = places(merged);
  const added: Turn[] = [];
  const wordsOf = wordReader();
  // A call whose agent was lost has several conversations: each is looked for where it begins.
  let next = order.findIndex(place => merged[place]!.startMs >= offsetMs - clockMs);
  if (next < 0) next = order.length;
  for (const turn of theirs) {
    if (turn.role === 'caller' && isPrompt(turn.text)) continue;
    const found = seek({ turns: merged, order, wordsOf }, next, turn, turn.atMs + offsetMs + clockMs);
    if (found === null) {
      const before = merged[order[next - 1] ?? -1] ?? null;
      const heard = !(turn.role === 'agent' && saidInVain(ours, turn.atMs + offsetMs));
      added.push(turnOf(turn, offsetMs, before, merged[order[next] ?? -1] ?? null, heard));
      continue;
    }
    const place = order[found]!;
    merged[place] = better(merged[place]!, turn, wordsOf);
    next = found + 1;
  }
  return [...(merged as Turn[]), ...added];
}

/** While a person has the call, what the agent says is heard by nobody. */
const saidInVain = (ours: readonly (Turn | null)[], atMs: number): boolean =>
  ours.some(turn => turn?.role === 'person' && atMs >= turn.startMs - 1_000 && atMs <= turn.endMs);

/** The turns in the order in which they belong: ours as they stand, those the vendor added by their time. */
export function inOrder(turns: readonly (Turn | null)[]): Turn[] {
  const merged = [...turns];
  return places(merged).map(place => merged[place]!);
}

/** Places of turns in the order of the call; a place that was never written is passed by. */
function places(turns: readonly (Turn | null)[]): number[] {
  const own: number[] = [];
  const added: number[] = [];
  for (const [place, turn] of turns.entries()) {
    if (turn) (turn.source === 'vendor' ? added : own).push(place);
  }
  const startOf = (place: number) => turns[place]!.startMs;
  const ordered = [...own];
  // Sorting is stable, so those of one moment stay in the order in which the vendor told them.
  for (const place of added.sort((one, other) => startOf(one) - startOf(other))) {
    let at = ordered.length;
    while (at > 0 && startOf(ordered[at - 1]!) > startOf(place)) at -= 1;
    ordered.splice(at, 0, place);
  }
  return ordered;
}

interface Written {
  readonly turns: readonly (Turn | null)[];
  readonly order: readonly number[];
  readonly wordsOf: (text: string) => readonly string[];
}

function seek({ turns, order, wordsOf }: Written, from: number, wanted: ReportedTurn, untilMs: number): number | null {
  const texts = [wanted.text, wanted.original].filter(text => text !== null).map(wordsOf);
  for (let at = from; at < Math.min(order.length, from + widest); at += 1) {
    const turn = turns[order[at]!]!;
    if (at >= from + window && turn.startMs > untilMs) break;
    if (turn.role !== wanted.role) continue;
    const mine = [turn.text, turn.heardText].filter(text => text !== undefined).map(wordsOf);
    if (mine.some(one => texts.some(other => isAlike(one, other)))) return at;
  }
  return null;
}

/** Splits texts into words, each text once. */
function wordReader(): (text: string) => readonly string[] {
  const known = new Map<string, readonly string[]>();
  return text => {
    const before = known.get(text);
    if (before) return before;
    const words = text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? [];
    known.set(text, words);
    return words;
  };
}

function isAlike(one: readonly string[], other: readonly string[]): boolean {
  const [short, long] = one.length <= other.length ? [one, other] : [other, one];
  if (short.length === 0) return long.length === 0;
  if (short.every((word, at) => word === long[at])) return short.length === long.length || short.length >= 2;
  const known = new Set(long);
  const common = short.filter(word => known.has(word)).length;
  return common / long.length >= alike;
}

/** Our turn, with the vendor's text where ours broke off before it was final. What was heard stays what we know of it. */
function better(ours: Turn, theirs: ReportedTurn, wordsOf: Written['wordsOf']): Turn {
  if (ours.source === 'vendor') return ours;
  const mine = wordsOf(ours.text);
  const full = wordsOf(theirs.text);
  const brokeOff = full.length > mine.length && mine.every((word, at) => word === full[at]);
  if (!brokeOff) return ours;
  if (ours.role === 'caller') return { ...ours, text: theirs.text };
  return { ...ours, text: theirs.text, heardText: ours.heardText ?? ours.text };
}

/** A turn we know from the vendor alone. Its time is in whole seconds, so its neighbours know better where it belongs. */
function turnOf(
  { role, text, atMs, interrupted }: ReportedTurn,
  offsetMs: number,
  before: Turn | null,
  after: Turn | null,
  heard: boolean,
): Turn {
  const earliest = before?.startMs ?? 0;
  const latest = after && after.source !== 'vendor' ? Math.max(earliest, after.startMs - 1) : Number.POSITIVE_INFINITY;
  const startMs = Math.min(Math.max(earliest, Math.round(atMs + offsetMs)), latest);
  const inVain = heard ? { interrupted } : { heardText: '', interrupted: true };
  return { role, text, startMs, endMs: startMs, ...inVain, source: 'vendor' };
}
