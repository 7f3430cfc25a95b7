import type { CallJournal, Resume, SpokenTurn } from './bridge.types.ts';
import type { SpokenAnswer } from './spoken-answer.ts';

/**
 * Places left for the last turns of a process that died or hangs: they may be on its disk, or in a write that is carried out later,
 * and come when the resumed session has written long since. Empty places are no turns.
 */
const lateTurns = 32;

/** The conversation as it was heard, written down while it happens. */
export class TurnLog {
  readonly turns: SpokenTurn[];
  private readonly callId: string;
  private readonly journal: CallJournal;
  /** The clock's time that a turn's milliseconds count from. */
  private readonly origin: number;
  private readonly places = new Map<number, number>();
  private readonly known: number;
  /** Places that stay empty before ours, for turns that were not written yet when the call came here. */
  private readonly gap: number;
  /** What the caller is saying, while the words may still change. */
  private open: number | null = null;

  constructor(callId: string, journal: CallJournal, origin: number, before?: Pick<Resume, 'turns' | 'places'>) {
    this.callId = callId;
    this.journal = journal;
    this.origin = origin;
    this.turns = [...(before?.turns ?? [])];
    this.known = this.turns.length;
    this.gap = before ? Math.max(0, before.places - this.known) + lateTurns : 0;
  }

  /** Words of the caller; those that are not final are replaced by the next ones. */
  callerSaid(text: string, final: boolean, from: number, to: number): void {
    const place = this.open ?? this.turns.length;
    const startMs = this.open === null ? this.ms(from) : this.turns[place]!.startMs;
    this.open = final ? null : place;
    this.write(place, { role: 'caller', text, startMs, endMs: Math.max(startMs, this.ms(to)), interrupted: false });
  }

  /** A person speaks in the agent's place; what they say is not known. Returns the place in the transcript. */
  personBegan(name: string, at: number): number {
    const place = this.turns.length;
    const startMs = this.ms(at);
    this.write(place, { role: 'person', text: untranscribed(name), startMs, endMs: startMs, interrupted: false });
    return place;
  }

  personEnded(place: number, at: number): void {
    const turn = this.turns[place]!;
    this.write(place, { ...turn, endMs: Math.max(turn.startMs, this.ms(at)) });
  }

  /** How far the agent's answers have been heard; `over` once nothing is left to be heard. Only what changed is written. */
  agentHeard(answers: readonly SpokenAnswer[], now: number, over: boolean): void {
    for (const answer of answers) {
      if (answer.text === '') continue;
      const place = this.places.get(answer.index) ?? this.turns.length;
      const turn = this.turnOf(answer, this.turns[place], now);
      const before = this.turns[place];
      const goesOn = !over && !turn.interrupted && answer === answers.at(-1);
      if (before && sameWords(before, turn) && (goesOn || before.endMs === turn.endMs)) continue;
      this.places.set(answer.index, place);
      this.write(place, turn);
    }
  }

  /** The place, from this one on, of something the agent said that was heard to its end or cut off. `over`: nothing is left to be heard. */
  agentTurnEnded(from: number, over: boolean): number | null {
    for (let place = from; place < this.turns.length; place += 1) {
      const { role, text, heardText, interrupted } = this.turns[place]!;
      if (role === 'agent' && text !== '' && (interrupted || (over && heardText === undefined))) return place;
    }
    return null;
  }

  /** The conversation so far in plain lines, newest kept when it is long: what a resumed agent is told. */
  asText(limit = 8_000): string {
    const lines: string[] = [];
    let length = 0;
    for (const { role, text, heardText } of this.turns.toReversed()) {
      const said = heardText === undefined ? text : `${heardText} [cut off here]`;
      const line = role === 'person' ? `[${text}]` : `${role === 'agent' ? 'You' : 'Caller'}: ${said}`;
      length += line.length + 1;
      if (length > limit) break;
      lines.unshift(line);
    }
    return lines.join('\n');
  }

  private turnOf(answer: SpokenAnswer, before: SpokenTurn | undefined, now: number): SpokenTurn {
    const { text, heardText, heardMs, state, startsAt } = answer;
    // Until it has audio an answer stands where it was first seen; once it plays, where it was heard.
    const startMs = startsAt === null ? (before?.startMs ?? this.ms(now)) : this.ms(startsAt);
    const endMs = startMs + Math.round(heardMs);
    const interrupted = state === 'cut';
    const turn = { role: 'agent', text, startMs, endMs, interrupted } as const;
    return state === 'heard' || heardText === text ? turn : { ...turn, heardText };
  }

  private write(place: number, turn: SpokenTurn): void {
    this.turns[place] = turn;
    this.journal.turn(this.callId, place + this.gap, turn);
  }

  private ms(at: number): number {
    return Math.max(0, Math.round(at - this.origin));
  }
}

const untranscribed = (name: string): string => `${name} spoke here. These words are not transcribed.`;

/** While an answer is heard its end moves all the time; the words say enough. */
const sameWords = (one: SpokenTurn, other: SpokenTurn) =>
  one.text === other.text &&
  one.heardText === other.heardText &&
  one.interrupted === other.interrupted &&
  one.startMs === other.startMs;
