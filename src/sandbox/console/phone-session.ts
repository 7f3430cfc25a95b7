import type { WebSocket } from 'ws';
import { frameBytes } from '../../audio/mulaw.ts';
import { isFinal } from '../carrier/call-state.ts';
import { type CallView, type CarrierControl, ControlError } from '../carrier/control.ts';
import type { LinePartyActions } from '../carrier/person-on-line.ts';
import type { Handset } from '../carrier/phone-desk.ts';
import { createAllowance } from './allowance.ts';
import { createFrameQueue } from './frame-queue.ts';
import {
  decodePhoneCommand,
  type PhoneCall,
  type PhoneCommand,
  type PhoneMessage,
  phoneCloseCodes,
} from './phone-protocol.ts';
import { commandProblem, isOnCall, type PhoneState } from './phone-state.ts';

export interface PhoneLimits {
  /** An open phone at which nothing happens is closed after this. */
  readonly idleMs: number;
  /** A browser that does not answer a ping by the next one is gone. */
  readonly pingMs: number;
}

export const phoneLimits: PhoneLimits = { idleMs: 15 * 60_000, pingMs: 10_000 };

export interface PhoneSessionOptions {
  readonly socket: WebSocket;
  readonly control: CarrierControl;
  /** How the console names whoever holds the phone. */
  readonly name: string;
  readonly limits?: PhoneLimits;
  /** Milliseconds on a clock that only goes forward. */
  readonly now?: () => number;
  readonly onClosed: () => void;
}

/** A browser sends 50 frames a second, in bursts when its tab was held up. */
const framesPerSecond = 60;
const framesAtOnce = 150;
/** Whoever goes on sending too fast for so many frames is no phone. */
const mostSurplusFrames = 500;
const commandsPerSecond = 10;
const commandsAtOnce = 40;
/** Two seconds of audio that the browser has not taken: more would be heard too late to matter. */
const mostUnsentBytes = 2 * 8_000;

/** One open phone: the handset at the carrier's twin on one side, the page's socket on the other. */
export class PhoneSession {
  private readonly socket: WebSocket;
  private readonly control: CarrierControl;
  private readonly name: string;
  private readonly limits: PhoneLimits;
  private readonly now: () => number;
  private readonly microphone = createFrameQueue();
  private readonly frames = createAllowance(framesPerSecond, framesAtOnce);
  private readonly commands = createAllowance(commandsPerSecond, commandsAtOnce);
  private surplus = 0;
  private current: PhoneState = 'idle';
  private call: PhoneCall | undefined;
  private decide: ((decision: 'answer' | 'decline') => void) | undefined;
  private actions: LinePartyActions | undefined;
  private stopWaiting: (() => void) | undefined;
  private endedByUs = false;
  private alive = true;
  private closed = false;
  private idleTimer: NodeJS.Timeout | undefined;
  private readonly pinger: NodeJS.Timeout;
  private readonly stopListening: () => void;

  constructor({ socket, control, name, limits = phoneLimits, now, onClosed }: PhoneSessionOptions) {
    this.socket = socket;
    this.control = control;
    this.name = name;
    this.limits = limits;
    this.now = now ?? (() => performance.now());
    this.stopListening = control.onCall(call => this.follow(call));
    this.pinger = setInterval(() => this.ping(), limits.pingMs);
    socket.on('pong', () => {
      this.alive = true;
    });
    socket.on('message', (data: Buffer, isBinary: boolean) => this.receive(data, isBinary));
    socket.on('error', () => {}); // what follows is `close`
    socket.on('close', () => {
      this.letGo();
      onClosed();
    });
    this.tell({ type: 'ready' });
    this.watchIdleness();
  }

  get state(): PhoneState {
    return this.current;
  }

  get isOnCall(): boolean {
    return isOnCall(this.current);
  }

  /** Ends a call that goes on, and closes the socket with its reason. */
  close(reason: keyof typeof phoneCloseCodes, sentence: string) {
    this.letGo();
    this.socket.close(phoneCloseCodes[reason], sentence);
    // Who does not answer a close frame is not waited for.
    setTimeout(() => this.socket.terminate(), 2_000).unref();
  }

  private ping() {
    if (!this.alive) return this.socket.terminate();
    this.alive = false;
    this.socket.ping();
  }

  private watchIdleness() {
    clearTimeout(this.idleTimer);
    if (this.closed || this.isOnCall) return;
    this.idleTimer = setTimeout(
      () => this.close('idle', 'nothing happened at this phone for a long time'),
      this.limits.idleMs,
    );
  }

  private receive(data: Buffer, isBinary: boolean) {
    if (this.closed) return;
    if (isBinary) return this.hearMicrophone(data);
    if (!this.commands.take(this.now())) return this.close('misused', 'too many messages');
    const command = decodePhoneCommand(data.toString());
    if (typeof command === 'string') return this.close('misused', `a message that is ${command}`.slice(0, 120));
    const problem = commandProblem(this.current, command.type);
    if (problem) return this.tell({ type: 'refused', command: command.type, message: problem });
    try {
      this.carryOut(command);
    } catch (error) {
      // Between the page's click and this line the call may have ended, or the number gone.
      if (!(error instanceof ControlError)) throw error;
      this.tell({ type: 'refused', command: command.type, message: error.message });
    }
  }

  private hearMicrophone(frame: Buffer) {
    if (frame.length !== frameBytes) return this.close('misused', `audio that is not ${frameBytes} bytes`);
    if (!this.frames.take(this.now())) {
      this.surplus += 1;
      if (this.surplus > mostSurplusFrames) this.close('misused', 'audio faster than it can be spoken');
      return;
    }
    if (this.current === 'talking') this.microphone.push(frame);
  }

  private carryOut(command: PhoneCommand) {
    switch (command.type) {
      case 'wait':
        this.stopWaiting = this.control.answerNextAt(this.handset(), this.name, command.to);
        this.move('waiting');
        return this.tell({ type: 'waiting', to: command.to ?? null });
      case 'stop-waiting':
        this.stopWaiting?.();
        this.move('idle');
        return this.tell({ type: 'ready' });
      case 'call':
        return this.callIn(command);
      case 'answer':
        return this.decide?.('answer');
      case 'press':
        for (const digit of command.digits) this.actions?.press(digit);
        return;
      case 'decline':
      case 'hang-up':
        this.endedByUs = true;
        return this.putDown();
    }
  }

  private callIn({ from, to }: { from: string; to?: string }) {
    this.move('calling');
    try {
      const view = this.control.callInFrom(this.handset(), this.name, { from, ...(to === undefined ? {} : { to }) });
      this.call = { sid: view.sid, from: view.from, to: view.to };
      this.tell({ type: 'calling', call: this.call });
      this.follow(view); // a number that leads nowhere ends the call before anybody could listen
    } catch (error) {
      this.move('idle');
      throw error;
    }
  }

  /** The carrier's side of the phone, for one call. */
  private handset(): Handset {
    return {
      read: () => this.microphone.take(),
      write: audio => this.play(audio),
      rings: call =>
        new Promise(resolve => {
          this.decide = resolve;
          this.call = call;
          this.move('ringing');
          this.tell({ type: 'ringing', call });
        }),
      answered: actions => {
        if (!this.call) return;
        this.actions = actions;
        this.microphone.clear();
        this.move('talking');
        this.tell({ type: 'answered', call: this.call });
      },
    };
  }

  private play(audio: Buffer) {
    if (this.current !== 'talking' || this.socket.bufferedAmount > mostUnsentBytes) return;
    this.socket.send(audio, { binary: true });
  }

  private follow(view: CallView) {
    if (view.sid !== this.call?.sid || !isFinal(view.state)) return;
    const { call, endedByUs } = this;
    this.call = undefined;
    this.actions = undefined;
    this.decide = undefined;
    this.endedByUs = false;
    this.stopWaiting?.();
    this.stopWaiting = undefined;
    this.move('idle');
    this.tell({ type: 'ended', call, by: endedByUs ? 'us' : 'far', why: view.notes.at(-1) ?? null });
  }

  /** Ends whatever goes on, in the way its state allows. */
  private putDown() {
    if (this.current === 'ringing') this.decide?.('decline');
    else if (this.current === 'talking') this.actions?.hangUp();
    else if (this.call) this.control.hangUp(this.call.sid);
  }

  private letGo() {
    if (this.closed) return;
    this.closed = true;
    clearTimeout(this.idleTimer);
    clearInterval(this.pinger);
    this.stopListening();
    this.stopWaiting?.();
    try {
      this.putDown();
    } catch (error) {
      if (!(error instanceof ControlError)) throw error; // it had ended already
    }
    this.current = 'idle';
  }

  private move(state: PhoneState) {
    this.current = state;
    this.watchIdleness();
  }

  private tell(message: PhoneMessage) {
    if (this.socket.readyState === this.socket.OPEN) this.socket.send(JSON.stringify(message));
  }
}
