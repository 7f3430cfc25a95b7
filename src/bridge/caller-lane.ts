import { type AudioFormat, sameFormat, telephoneFormat } from '../audio/audio-format.ts';
import { createSpeechDetector } from '../audio/speech-detector.ts';
import { levelOfBase64 } from '../audio/speech-level.ts';
import { createTranscoder, type Transcoder } from '../audio/transcoder.ts';
import type { EngineSession } from '../engines/engine-contract.ts';
import { CallerBuffer, durationOf, joinBase64 } from './caller-buffer.ts';

/** What the caller says before there is an agent; more than anybody waits for one. */
const earlyMs = 10_000;
/** More than a second behind, old words only delay the new ones. */
const lateMs = 1_000;
/** About a second of frames in the agent's socket: beyond it the agent's side is slow. */
const slowBytes = 16 * 1024;
const fastBytes = 8 * 1024;
/** A frame that comes so much later than its time says is counted as late. */
const jitterMs = 60;
/** Frames that wait for company are sent alone when none comes. */
const companyMs = 80;

export interface CallerLaneFigures {
  frames: number;
  dropped: number;
  coalesced: number;
  late: number;
  peakQueuedMs: number;
}

/** The way from the caller to the agent: passed on as it comes, kept while there is no agent, thinned when the agent is slow. */
export class CallerLane {
  readonly figures: CallerLaneFigures = { frames: 0, dropped: 0, coalesced: 0, late: 0, peakQueuedMs: 0 };
  /** When the caller made a sound last, and when the present stretch of speech began. */
  soundAt: number | null = null;
  speechFrom: number | null = null;
  lastAudioAt: number | null = null;
  private readonly detector = createSpeechDetector();
  private readonly early = new CallerBuffer(earlyMs);
  private readonly slow = new CallerBuffer(lateMs);
  /** How many frames go into one message now. */
  private readonly pressure: () => number;
  private company: Buffer[] = [];
  private companySince = 0;
  private agent: EngineSession | null = null;
  private transcoder: Transcoder | null = null;
  private clockOffset = Number.POSITIVE_INFINITY;

  constructor(pressure: () => number) {
    this.pressure = pressure;
  }

  /** The agent takes audio from now on, beginning with what was kept for it. */
  connect(agent: EngineSession, input: AudioFormat) {
    this.agent = agent;
    this.transcoder = sameFormat(input, telephoneFormat) ? null : createTranscoder(telephoneFormat, input);
    for (const frame of this.early.take()) this.pass(agent, frame);
  }

  /** There is no agent; what the caller says is kept. */
  disconnect() {
    this.agent = null;
    for (const frame of [...this.slow.take(), ...this.company]) this.keep(frame);
    this.company = [];
  }

  /** A new stream has a clock of its own. */
  restart() {
    this.clockOffset = Number.POSITIVE_INFINITY;
  }

  /** Somebody speaks, or has paused for less than a moment. */
  get speaking(): boolean {
    return this.detector.speaking;
  }

  /** The agent's side takes audio too slowly, or not at all. */
  get behind(): boolean {
    return this.slow.ms > 0;
  }

  get queuedMs(): number {
    return this.early.ms + this.slow.ms;
  }

  media(payload: Buffer, timestampMs: number, now: number) {
    if (payload.length === 0) return;
    this.figures.frames += 1;
    this.lastAudioAt = now;
    this.listen(payload, now);
    if (timestampMs >= 0) {
      const offset = now - timestampMs;
      if (offset < this.clockOffset) this.clockOffset = offset;
      else if (offset - this.clockOffset > jitterMs) this.figures.late += 1;
    }
    const { agent } = this;
    if (!agent) return this.keep(payload);
    if (this.slow.ms > 0 || agent.bufferedBytes > slowBytes) return this.wait(agent, payload);
    const together = this.pressure();
    if (together <= 1 && this.company.length === 0) return this.pass(agent, payload);
    if (this.company.length === 0) this.companySince = now;
    this.company.push(Buffer.from(payload));
    if (this.company.length >= together) this.passTogether(agent);
  }

  look(now: number) {
    const { agent } = this;
    if (!agent) return;
    if (this.company.length > 0 && now - this.companySince >= companyMs) this.passTogether(agent);
    if (this.slow.ms > 0) this.catchUp(agent);
  }

  private listen(payload: Buffer, now: number) {
    const { detector } = this;
    const change = detector.push(levelOfBase64(payload), durationOf(payload));
    if (change === 'started') this.speechFrom = now - 60;
    if (detector.speaking && detector.lastSpeechMs === detector.elapsedMs) this.soundAt = now;
  }

  private keep(payload: Buffer) {
    this.figures.dropped += this.early.push(payload);
    this.notePeak();
  }

  private wait(agent: EngineSession, payload: Buffer) {
    this.figures.dropped += this.slow.push(payload);
    this.notePeak();
    this.catchUp(agent);
  }

  private catchUp(agent: EngineSession) {
    if (agent.bufferedBytes > fastBytes) return;
    const frames = this.slow.take();
    for (let at = 0; at < frames.length; at += 3) {
      const group = frames.slice(at, at + 3);
      this.figures.coalesced += group.length - 1;
      this.pass(agent, joinBase64(group));
    }
  }

  private passTogether(agent: EngineSession) {
    const frames = this.company;
    this.company = [];
    this.figures.coalesced += frames.length - 1;
    this.pass(agent, frames.length === 1 ? frames[0]! : joinBase64(frames));
  }

  private pass(agent: EngineSession, base64: Buffer | string) {
    if (!this.transcoder) return agent.sendAudio(base64);
    const converted = this.transcoder.pushBase64(base64);
    if (converted.length > 0) agent.sendAudio(converted);
  }

  private notePeak() {
    const { queuedMs } = this;
    if (queuedMs > this.figures.peakQueuedMs) this.figures.peakQueuedMs = queuedMs;
  }
}
