import { ApiError } from '../../lib/api-error.ts';
import type { LiveConnection } from '../../lib/live/live-socket.ts';
import { createStore, type Store } from '../../lib/store.ts';
import type { Headset, Microphone, openHeadset, SideLevels } from '../../lib/voice/headset.ts';
import { NoMicrophone } from '../../lib/voice/microphone-problem.ts';
import { advance, type Control, type ControlEvent, type Effect, watching } from './control-state.ts';

/** What I do with the one call that I have before me. */
export interface CallDesk {
  readonly callId: string;
  readonly control: Store<Control>;
  readonly levels: Store<SideLevels>;
  /** The browser plays nothing until the page is clicked. */
  readonly blocked: Store<boolean>;
  send(event: ControlEvent): void;
  unblock(): void;
  /** Leaves the call: hears and says no more. */
  close(): void;
}

export const silence: SideLevels = { caller: 0, agent: 0, person: 0 };

export interface DeskOptions {
  readonly callId: string;
  readonly live: Pick<LiveConnection, 'ask' | 'speak' | 'listenToLine'>;
  readonly openEars: typeof openHeadset;
  /** The microphone that was to be used cannot be: it has to be checked anew. */
  readonly microphoneFailed?: () => void;
}

const slowAfterMs = 2_000;
const giveUpAfterMs = 5_000;
const soundBlockedAfterMs = 500;

export function createCallDesk({ callId, live, openEars, microphoneFailed = () => {} }: DeskOptions): CallDesk {
  const control = createStore<Control>(watching);
  const levels = createStore<SideLevels>(silence);
  const blocked = createStore(false);
  let headset: Promise<Headset> | null = null;
  let ears: Headset | null = null;
  let microphone: Microphone | null = null;
  let listens = false;
  let spoken = 0;
  let ownLevel = 0;
  /** Counts take-overs: an answer to an earlier one comes too late. */
  let attempt = 0;
  let timers: ReturnType<typeof setTimeout>[] = [];

  const send = (event: ControlEvent) => {
    const next = advance(control.get(), event, Date.now());
    if (next.control.step !== 'taking-over') stopTimers();
    control.set(next.control);
    for (const effect of next.effects) run(effect);
  };
  const stopTimers = () => {
    for (const timer of timers) clearTimeout(timer);
    timers = [];
  };
  const openHeadphones = (): Promise<Headset> => {
    headset ??= openEars(next => levels.set(microphone ? { ...next, person: ownLevel } : next)).then(opened => {
      ears = opened;
      setTimeout(() => blocked.set(ears?.blocked ?? false), soundBlockedAfterMs);
      return opened;
    });
    return headset;
  };
  const closeHeadphones = () => {
    ears?.close();
    const opening = headset;
    if (!ears) void opening?.then(each => each.close()).catch(() => {});
    headset = ears = null;
    levels.set(silence);
    blocked.set(false);
  };
  const closeMicrophone = () => {
    microphone?.close();
    microphone = null;
    ownLevel = 0;
  };

  async function listen(): Promise<void> {
    if (listens) return;
    listens = true;
    try {
      await openHeadphones();
      await live.ask('call:listen', { sid: callId });
      if (!listens) live.ask('call:unlisten', { sid: callId }).catch(() => {});
    } catch (error) {
      listens = false;
      send(refusal('listen', error));
    }
  }

  async function takeOver(mine: number): Promise<void> {
    timers = [
      setTimeout(() => send({ type: 'slow' }), slowAfterMs),
      setTimeout(() => send({ type: 'timed-out' }), giveUpAfterMs),
    ];
    const current = () => mine === attempt && control.get().step === 'taking-over';
    try {
      const sound = await openHeadphones();
      const opened = await sound.openMicrophone({
        onFrame: frame => {
          if (control.get().step === 'in-control' || control.get().step === 'handing-back')
            live.speak(callId, spoken++, frame);
        },
        onLevel: level => {
          ownLevel = level;
        },
        onLost: () => send({ type: 'no-microphone', problem: 'missing' }),
      });
      if (!current()) return opened.close();
      microphone = opened;
      spoken = 0;
      await live.ask('call:takeover', { sid: callId }, giveUpAfterMs);
      if (current()) {
        ears?.clear();
        send({ type: 'taken-over' });
      } else live.ask('call:handback', { sid: callId }).catch(() => {});
    } catch (error) {
      if (!current()) return;
      if (error instanceof NoMicrophone) microphoneFailed();
      send(
        error instanceof NoMicrophone ? { type: 'no-microphone', problem: error.problem } : refusal('takeover', error),
      );
    }
  }

  async function handBack(note: string): Promise<void> {
    try {
      await live.ask('call:handback', { sid: callId, ...(note.trim() === '' ? {} : { note: note.trim() }) });
      send({ type: 'handed-back' });
    } catch (error) {
      send(refusal('handback', error));
    }
  }

  function run(effect: Effect): void {
    switch (effect.do) {
      case 'listen':
        void listen();
        break;
      case 'unlisten':
        if (listens) live.ask('call:unlisten', { sid: callId }).catch(() => {});
        listens = false;
        closeHeadphones();
        break;
      case 'take-over':
        attempt += 1;
        void takeOver(attempt);
        break;
      case 'give-up':
        // Whether or not it had come about: the server gives the call back where it had.
        attempt += 1;
        live.ask('call:handback', { sid: callId }).catch(() => {});
        break;
      case 'hand-back':
        void handBack(effect.note);
        break;
      case 'mute':
        microphone?.mute(effect.on);
        break;
      case 'close-microphone':
        closeMicrophone();
        break;
    }
  }

  const stopLine = live.listenToLine({
    audio(_, side, __, bytes) {
      // One's own voice in one's ear, a moment later, keeps anybody from speaking.
      if (!(side === 'person' && microphone)) ears?.play(side, bytes);
    },
    levels(event) {
      // Whoever hears the call sees what they hear.
      if (event.callId === callId && !ears) levels.set({ ...silence, ...event.levels });
    },
    letGo: event => {
      if (event.callId !== callId) return;
      if (event.what === 'listen') listens = false;
      send({ type: 'let-go', what: event.what, why: event.why });
    },
    lost: () => {
      listens = false;
      send({ type: 'lost' });
      closeHeadphones();
    },
  });

  return {
    callId,
    control,
    levels,
    blocked,
    send,
    unblock: () =>
      void ears?.unblock().then(
        () => blocked.set(false),
        () => {},
      ),
    close() {
      send({ type: 'leave' });
      stopTimers();
      stopLine();
      closeMicrophone();
      closeHeadphones();
    },
  };
}

function refusal(act: 'listen' | 'takeover' | 'handback', error: unknown): ControlEvent {
  const code = error instanceof ApiError ? error.code : '';
  const details = (error instanceof ApiError ? error.details : undefined) as { person?: { name?: string } } | undefined;
  return {
    type: 'refused',
    act,
    taken: code === 'CALL_TAKEN',
    by: details?.person?.name ?? null,
    message: error instanceof Error ? error.message : String(error),
  };
}
