import type { PhoneCommand, PhoneMessage } from '../../../../../src/sandbox/console/phone-protocol.ts';
import { address } from '../../../lib/address.ts';
import type { SandboxPhoneCreateData } from '../../../lib/api-types.ts';
import { request } from '../../../lib/http.ts';
import { createStore, type Store } from '../../../lib/store.ts';
import { NoMicrophone } from '../../../lib/voice/microphone-problem.ts';
import { type Levels, openPhoneAudio, type PhoneAudio } from './phone-audio.ts';
import {
  advancePhone,
  noticeOfClose,
  type PhoneEvent,
  type PhoneNotice,
  type PhoneView,
  phoneOff,
} from './phone-state.ts';

/** One telephone in this page. */
export type Phone = {
  view: Store<PhoneView>;
  muted: Store<boolean>;
  levels: Store<Levels>;
  /** Asks the server; a phone that is off is switched on first, which asks for the microphone. */
  run(command: PhoneCommand): Promise<void>;
  mute(on: boolean): void;
  dismiss(): void;
  /** Ends the call and lets microphone and connection go. */
  putAway(): void;
};

const silence: Levels = { microphone: 0, ear: 0 };
/** A socket that does not take a second of audio is stuck; what is spoken now would be heard too late. */
const mostUnsentBytes = 8_000;

export function createPhone(): Phone {
  const view = createStore<PhoneView>(phoneOff);
  const muted = createStore(false);
  const levels = createStore<Levels>(silence);
  let audio: PhoneAudio | undefined;
  let socket: WebSocket | undefined;
  /** Counts the times the phone was switched on: what belongs to an earlier one comes too late. */
  let turn = 0;

  const apply = (event: PhoneEvent) => {
    view.set(advancePhone(view.get(), event, Date.now()));
    audio?.ring(view.get().name === 'ringing');
  };
  const letGo = () => {
    turn += 1;
    audio?.close();
    audio = undefined;
    socket?.close();
    socket = undefined;
    muted.set(false);
    levels.set(silence);
  };
  const fail = (notice: PhoneNotice) => {
    letGo();
    apply({ type: 'failed', notice });
  };
  const take = (message: PhoneMessage) => {
    if (message.type === 'answered') {
      audio?.clear();
      audio?.mute(false);
      muted.set(false);
    } else if (message.type === 'ended') {
      audio?.clear();
      levels.set(silence);
    }
    apply({ type: 'told', message });
  };
  const sendFrame = (frame: Uint8Array) => {
    if (view.get().name !== 'talking' || socket?.readyState !== WebSocket.OPEN) return;
    if (socket.bufferedAmount < mostUnsentBytes) socket.send(frame as Uint8Array<ArrayBuffer>);
  };

  /** Resolves once the server is ready for commands; throws what stands in the way. */
  async function switchOn(mine: number): Promise<void> {
    const opened = await openPhoneAudio({
      onFrame: sendFrame,
      onLevels: next => view.get().name === 'talking' && levels.set(next),
      onLost: () => fail({ kind: 'unplugged' }),
    });
    if (mine !== turn) return opened.close();
    audio = opened;
    const { path, ticket } = await request<SandboxPhoneCreateData>('POST', 'api/sandbox/phone');
    if (mine !== turn) return;
    const url = new URL(address(path.replace(/^\//, '')));
    url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:';
    url.searchParams.set('ticket', ticket);
    await new Promise<void>((resolve, reject) => {
      const line = new WebSocket(url);
      line.binaryType = 'arraybuffer';
      socket = line;
      line.onmessage = ({ data }: MessageEvent<string | ArrayBuffer>) => {
        if (line !== socket) return;
        if (typeof data !== 'string') return audio?.play(new Uint8Array(data));
        take(JSON.parse(data) as PhoneMessage);
        resolve();
      };
      line.onclose = ({ code }) => {
        reject(new LineClosed(code));
        if (line === socket) fail(noticeOfClose(code));
      };
    });
  }

  return {
    view,
    muted,
    levels,
    async run(command) {
      apply({ type: 'dismissed' });
      if (view.get().name === 'off') {
        const mine = ++turn;
        apply({ type: 'opened' });
        try {
          await switchOn(mine);
        } catch (error) {
          // Already told: putting away and a closed line have said so themselves.
          if (mine !== turn || error instanceof LineClosed) return;
          return fail(
            error instanceof NoMicrophone ? { kind: 'microphone', problem: error.problem } : { kind: 'failed', error },
          );
        }
        if (mine !== turn) return;
      }
      socket?.send(JSON.stringify(command));
    },
    mute(on) {
      audio?.mute(on);
      muted.set(on);
    },
    dismiss: () => apply({ type: 'dismissed' }),
    putAway() {
      letGo();
      apply({ type: 'put-away' });
    },
  };
}

class LineClosed extends Error {
  override name = 'LineClosed';
  readonly code: number;

  constructor(code: number) {
    super(`the line closed with ${code}`);
    this.code = code;
  }
}
