import { createRecogniser, type RecognisedStretch } from '../audio/fingerprint.ts';
import type { Person } from '../scenarios/scenario.ts';
import type { Instructions } from './call-order.ts';
import { type CallState, isFinal, mayMove, statusEventOf } from './call-state.ts';
import type { CallUpdate } from './call-update.ts';
import type { CarrierCore } from './carrier-core.ts';
import { type Line, openLine } from './line.ts';
import type { MediaStream } from './media-stream.ts';
import type { LineParty } from './person-on-line.ts';
import { TwilioError } from './twilio-errors.ts';
import type { TwinCall } from './twin-call.ts';
import { statusFields } from './webhook-fields.ts';
import type { Fields } from './webhook-sender.ts';

const mostHeard = 500;

/** The note on a call that ended because its document said nothing more. */
export const documentEnded = 'the TwiML came to its end';

/** One call that has not ended: its states, its line, and the document that is being carried out. */
export class LiveCall {
  readonly core: CarrierCore;
  readonly call: TwinCall;
  readonly person: Person;
  /** Aborted when the call is over. */
  readonly over = new AbortController();
  line: Line | undefined;
  /** Who holds the far end, once the call was answered. */
  party: LineParty | undefined;
  /** The bidirectional stream, while there is one. */
  stream: MediaStream | undefined;
  /** One-way copies of the audio, by name. */
  readonly forks = new Map<string, MediaStream>();
  /** Takes the keys the person presses; without anyone listening they are lost. */
  onDigit: ((digit: string) => void) | undefined;
  private running: AbortController | undefined;
  private limit: { cancel(): void } | undefined;

  constructor(core: CarrierCore, call: TwinCall, person: Person) {
    this.core = core;
    this.call = call;
    this.person = person;
    call.personId = person.id;
    call.personName = person.name;
    core.calls.live.set(call.sid, this);
  }

  /** Moves to a state and tells whoever subscribed to it. An impossible move is a late event and does nothing. */
  move(state: CallState): boolean {
    const { call, core } = this;
    if (!mayMove(call.state, state)) return false;
    const wasQueued = call.state === 'queued';
    call.state = state;
    call.updatedAt = core.clock.now();
    if (state === 'in-progress') call.answeredAt = call.updatedAt;
    if (isFinal(state)) call.endedAt = call.updatedAt;
    core.calls.changed(call);
    // A call that is canceled in the queue was never an event on the network.
    if (!(wasQueued && isFinal(state))) this.tellStatus(state);
    return true;
  }

  private tellStatus(state: CallState): void {
    const { call, core } = this;
    const event = statusEventOf(state);
    if (!event) return;
    if (!call.status?.events.has(event)) return;
    const sequence = call.nextSequence++;
    const fields = statusFields(call, core.accountSid, { state, sequence, at: core.clock.now() });
    void core.webhooks.send({ purpose: 'status', hook: call.status, fields, callSid: call.sid, event });
  }

  /** The person picks up: from here on there is audio. */
  answer(): void {
    const { call, core } = this;
    this.move('in-progress');
    const actions = {
      press: (digit: string) => this.press(digit),
      hangUp: () => this.hangUp('the person hung up'),
    };
    this.party = core.partyFor(this, actions);
    this.line = openLine(this.party, core.ticker);
    if (core.fingerprints) this.recogniseHeard(core.fingerprints);
    this.limitTo(call.order.timeLimitMs);
    if (call.order.recording) core.recordings.start({ sid: call.sid, line: this.line }, call.order.recording);
  }

  private recogniseHeard(index: NonNullable<CarrierCore['fingerprints']>): void {
    const recogniser = createRecogniser(index);
    const keep = (stretches: RecognisedStretch[]) => {
      if (this.call.heard.length < mostHeard) this.call.heard.push(...stretches);
    };
    this.line!.tap((_said, heard) => keep(heard ? recogniser.push(heard) : recogniser.flush()));
    this.over.signal.addEventListener('abort', () => keep(recogniser.flush()), { once: true });
  }

  private limitTo(ms: number): void {
    this.limit?.cancel();
    this.limit = this.core.clock.after(ms, () => this.hangUp('the time limit was reached'));
  }

  /** Carries out a document, then hangs up; new instructions take the place of the running ones. */
  async follow(instructions: Instructions, extra: Fields = []): Promise<void> {
    this.running?.abort();
    const running = new AbortController();
    this.running = running;
    const abort = () => running.abort();
    this.over.signal.addEventListener('abort', abort, { once: true });
    const result = await this.core.runInstructions(this, instructions, extra, running.signal);
    this.over.signal.removeEventListener('abort', abort);
    if (running.signal.aborted) return;
    if (result === 'failed') this.note('the TwiML could not be fetched or run');
    if (this.call.state === 'ringing') {
      // An incoming call that no document answered: an empty one still picks up and puts down again.
      if (result === 'failed') return this.end('failed');
      this.answer();
    }
    this.hangUp(documentEnded);
  }

  press(digit: string): void {
    if (this.stream) this.stream.press(digit);
    else this.onDigit?.(digit);
  }

  note(text: string): void {
    this.call.notes.push(text);
    this.core.calls.changed(this.call);
  }

  /** Ends an answered call, or withdraws one that is not answered yet. Ending it twice does nothing. */
  hangUp(why: string): void {
    const { state } = this.call;
    if (isFinal(state)) return;
    this.call.notes.push(why);
    this.end(state === 'in-progress' ? 'completed' : 'canceled');
  }

  /** Moves to a final state and lets go of everything the call holds. */
  end(state: CallState, sipResponseCode?: number): void {
    const { call, core } = this;
    if (isFinal(call.state)) return;
    call.sipResponseCode = sipResponseCode ?? (state === 'completed' ? 200 : 487);
    // Streams say goodbye before the final status goes out.
    this.stream?.stop();
    for (const fork of this.forks.values()) fork.stop();
    this.over.abort();
    this.limit?.cancel();
    this.move(state);
    this.line?.close();
    core.recordings.stopAllOf(call.sid);
    core.calls.live.delete(call.sid);
  }

  /** Vanishes without telling anybody: the twin itself is being closed. */
  drop(): void {
    this.stream?.terminate();
    for (const fork of this.forks.values()) fork.terminate();
    this.limit?.cancel();
    this.line?.close();
    this.core.calls.live.delete(this.call.sid);
    this.over.abort();
  }

  /** Applies what a REST client asked for; throws Twilio's error when the call's state does not allow it. */
  update(update: CallUpdate): void {
    const { call } = this;
    if (update.status === 'canceled' && call.state === 'in-progress') {
      throw new TwilioError(21220, 'only queued or ringing calls can be canceled');
    }
    if (update.instructions && call.state !== 'in-progress') throw new TwilioError(21220);
    if (update.statusHook) call.status = update.statusHook;
    if (update.fallback) call.order.fallback = update.fallback;
    if (update.timeLimitMs !== undefined) {
      const spent = call.answeredAt === undefined ? 0 : this.core.clock.now() - call.answeredAt;
      if (this.line) this.limitTo(Math.max(0, update.timeLimitMs - spent));
      else call.order.timeLimitMs = update.timeLimitMs;
    }
    if (update.status) this.hangUp(`ended through the API (${update.status})`);
    else if (update.instructions) void this.follow(update.instructions);
  }
}
