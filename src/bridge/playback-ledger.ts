import { heardPart, sharedLength } from './heard-text.ts';

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

/** Telephone audio: eight bytes are a millisecond. */
const bytesPerMs = 8;
/** With so little left the last word is being heard; an agent that speaks no faster than its caller hears is always that near. */
const lastWordBytes = 250 * bytesPerMs;
/** So much later than the audio before it ended, a mark may come. */
const markPatienceMs = 5_000;
/** Old answers are told and forgotten; late audio may still belong to one of the newest. */
const answersKept = 8;
/** Words without audio settle by nothing; beyond so many the oldest are left as they were told. */
const mostAnswers = 64;

interface Entry {
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

/**
 * Knows which audio of which answer was handed to the carrier, what of it was played, and what was taken away. The carrier
 * plays what it was given in order and echoes marks; between two marks the time that passed says how far it is.
 */
export class PlaybackLedger {
  /** Everything before this place in the queue was played for certain at `anchorAt`, and playing goes on from there. */
  private anchor = 0;
  private anchorAt = 0;
  /** The end of the queue. What is cut is taken off, so a place is an amount of audio that is or will be heard. */
  private end = 0;
  private marked = 0;
  private marks: { name: string; at: number }[] = [];
  private names = 0;
  private answers: Entry[] = [];
  private count = 0;

  /** Audio of an answer was handed to the carrier. */
  addAudio(eventId: number, bytes: number, now: number): void {
    const entry = this.answerForAudio(eventId);
    if (this.drained) {
      this.anchor = this.end;
      this.anchorAt = now;
    }
    entry.startsAt ??= now + (this.end - this.playedUntil(now)) / bytesPerMs;
    const { spans } = entry;
    if (spans.length > 0 && spans[spans.length - 1] === this.end) spans[spans.length - 1] = this.end + bytes;
    else spans.push(this.end, this.end + bytes);
    this.end += bytes;
    entry.totalBytes += bytes;
    entry.told = null;
    if (entry.cut && bytes > 0) entry.cut = false;
  }

  /** Audio was handed to the carrier that belongs to no answer, such as a person's voice. */
  addForeign(bytes: number, now: number): void {
    if (this.drained) {
      this.anchor = this.end;
      this.anchorAt = now;
    }
    this.end += bytes;
  }

  /** Whatever is said from now on is another answer than the last one. */
  seal(): void {
    const last = this.answers.at(-1);
    if (last) last.audioUnderTextId = true;
  }

  /** Whether audio of an answer came under this number. */
  knows(eventId: number): boolean {
    return this.answers.some(each => each.eventIds.has(eventId));
  }

  /** Audio came that the caller will not hear, because it was void when it came. */
  addVoid(eventId: number, bytes: number): void {
    const entry = this.answers.find(each => each.eventIds.has(eventId));
    if (!entry?.cut) return;
    entry.totalBytes += bytes;
    entry.told = null;
  }

  /** The words of an answer, before, between or after its audio. */
  addText(eventId: number | null, text: string): void {
    const known = eventId === null ? undefined : this.answers.findLast(each => each.eventIds.has(eventId));
    const last = this.answers.at(-1);
    const unnamed = last && last.text === '' && !last.cut && !last.audioUnderTextId ? last : undefined;
    const entry = known && known.text === '' ? known : (unnamed ?? this.open());
    entry.text = text;
    entry.textId = eventId;
    entry.told = null;
    if (eventId !== null) {
      entry.audioUnderTextId = entry.eventIds.has(eventId);
      entry.eventIds.add(eventId);
    }
  }

  /** The vendor says how much of an answer was heard. It may know less audio than we do, so the smaller amount counts. */
  correct(eventId: number | null, original: string, corrected: string): void {
    const entry =
      (eventId === null ? undefined : this.answers.findLast(each => each.textId === eventId)) ??
      this.answers.findLast(each => each.text === original);
    if (!entry?.cut) return;
    entry.vendorLength = sharedLength(entry.text, corrected);
    entry.told = null;
  }

  /** A mark at the end of what was queued; its name is to be sent after that audio. */
  addMark(): string {
    this.names += 1;
    const name = `p${this.names}`;
    this.marks.push({ name, at: this.end });
    this.marked = this.end;
    return name;
  }

  /** The carrier echoed a mark. False when it was none of ours, or its audio had been taken away. */
  reach(name: string, now: number): boolean {
    const found = this.marks.findIndex(each => each.name === name);
    if (found < 0) return false;
    this.anchor = this.marks[found]!.at;
    this.anchorAt = now;
    this.marks.splice(0, found + 1);
    return true;
  }

  /**
   * Marks that are long overdue will not come: their audio was played when its length says. True when there were some. A carrier
   * that echoes nothing would otherwise be taken to play for ever.
   */
  giveUpMarks(now: number): boolean {
    let given = false;
    for (let mark = this.marks[0]; mark; mark = this.marks[0]) {
      const playedAt = this.anchorAt + (mark.at - this.anchor) / bytesPerMs;
      if (now < playedAt + markPatienceMs) break;
      this.anchor = mark.at;
      this.anchorAt = playedAt;
      this.marks.shift();
      given = true;
    }
    return given;
  }

  /** What was not played yet is taken away, and marks that stand in it will mean nothing when they come back. */
  cut(now: number): void {
    const played = this.playedUntil(now);
    for (const entry of this.answers) {
      const { spans } = entry;
      const lost = spans.length > 0 ? spans[spans.length - 1]! > played : entry.text !== '' && !entry.cut;
      if (!lost) continue;
      entry.cut = true;
      entry.told = null;
      while (spans.length > 0 && spans[spans.length - 2]! >= played) spans.length -= 2;
      if (spans.length > 0 && spans[spans.length - 1]! > played) spans[spans.length - 1] = played;
    }
    this.anchor = played;
    this.anchorAt = now;
    this.end = played;
    this.marked = played;
    this.marks = [];
  }

  /** Audio since the last mark. */
  get unmarkedBytes(): number {
    return this.end - this.marked;
  }

  /** Nothing is left to play, and the carrier has confirmed it. */
  get drained(): boolean {
    return this.anchor >= this.end;
  }

  /** When the last of what is known to be played was; with `drained`, when the caller heard the last sound of the agent. */
  get playedAt(): number {
    return this.anchorAt;
  }

  queuedMs(now: number): number {
    return (this.end - this.playedUntil(now)) / bytesPerMs;
  }

  /** Answers that are not settled yet, and those that became so since the last call; oldest first. */
  takeNews(now: number): SpokenAnswer[] {
    const played = this.playedUntil(now);
    const news = this.answers.map(entry => {
      if (entry.told) return entry.told;
      const told = viewOf(entry, played);
      // Audio that was played stays so; only what is still to be heard changes with time.
      if (entry.spans.length > 0 && entry.spans[entry.spans.length - 1]! <= this.anchor) entry.told = told;
      return told;
    });
    const settled = (answer: SpokenAnswer, at: number) =>
      at < this.answers.length - 1 && (answer.state === 'heard' || answer.state === 'cut');
    let gone = 0;
    const kept = () => this.answers.length - gone;
    while (kept() > mostAnswers || (kept() > answersKept && settled(news[gone]!, gone))) gone += 1;
    if (gone > 0) this.answers.splice(0, gone);
    return news;
  }

  /** The place in the queue up to which everything was played, as far as marks and time tell. */
  playedUntil(now: number): number {
    const limit = this.marks[0]?.at ?? this.end;
    return Math.min(limit, this.anchor + Math.max(0, now - this.anchorAt) * bytesPerMs);
  }

  /** The place behind all that was handed over and not taken away. */
  get queueEnd(): number {
    return this.end;
  }

  private answerForAudio(eventId: number): Entry {
    const last = this.answers.at(-1);
    // Nearly always, and fifty times a second: the audio of the answer that is being given.
    if (last && last.audioId === eventId) return last;
    const known = this.answers.findLast(each => each.eventIds.has(eventId));
    // Vendors do not promise one number per answer: audio under a new number goes on with the last answer, unless that
    // one's own number was seen to carry its audio, or it was cut off.
    const next = last && !last.cut && !last.audioUnderTextId ? last : undefined;
    const entry = known ?? next ?? this.open();
    entry.eventIds.add(eventId);
    if (eventId === entry.textId) entry.audioUnderTextId = true;
    entry.audioId = eventId;
    return entry;
  }

  private open(): Entry {
    const entry: Entry = {
      index: this.count++,
      eventIds: new Set(),
      textId: null,
      audioId: null,
      text: '',
      audioUnderTextId: false,
      spans: [],
      totalBytes: 0,
      startsAt: null,
      cut: false,
      vendorLength: null,
      told: null,
    };
    this.answers.push(entry);
    return entry;
  }
}

function viewOf(entry: Entry, played: number): SpokenAnswer {
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
