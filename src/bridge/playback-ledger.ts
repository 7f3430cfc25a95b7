import { bytesPerMs } from '../audio/mulaw.ts';
import { sharedLength } from './heard-text.ts';
import { type AnswerEntry, type SpokenAnswer, spokenAnswer } from './spoken-answer.ts';

/** So much later than the audio before it ended, a mark may come. */
const markPatienceMs = 5_000;
/** Old answers are told and forgotten; late audio may still belong to one of the newest. */
const answersKept = 8;
/** Words without audio settle by nothing; beyond so many the oldest are left as they were told. */
const mostAnswers = 64;

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
  private answers: AnswerEntry[] = [];
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
      const told = spokenAnswer(entry, played);
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

  private answerForAudio(eventId: number): AnswerEntry {
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

  private open(): AnswerEntry {
    const entry: AnswerEntry = {
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
