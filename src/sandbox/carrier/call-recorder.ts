import { frameBytes, linearOfMulaw, silenceByte } from '../../audio/mulaw.ts';
import type { AudioFrame } from '../audio/audio-frame.ts';
import type { RecordingOrder } from './recording-order.ts';

export interface CallRecorder {
  add(said: AudioFrame, heard: Buffer | undefined): void;
  pause(skip: boolean): void;
  resume(): void;
  /** Both channels as mu-law, aligned byte by byte: the person first, what was played to them second. */
  finish(): { said: Buffer; heard: Buffer };
}

const silence = Buffer.alloc(frameBytes, silenceByte);

/** Keeps both directions of a call, frame by frame, so that they stay aligned. */
export function createCallRecorder(order: Pick<RecordingOrder, 'track' | 'trim'>): CallRecorder {
  const said: Buffer[] = [];
  const heard: Buffer[] = [];
  let paused: 'skip' | 'silence' | undefined;
  return {
    add(saidFrame, heardFrame) {
      if (paused === 'skip') return;
      said.push(paused || order.track === 'outbound' ? silence : saidFrame.bytes);
      heard.push(paused || order.track === 'inbound' || !heardFrame ? silence : Buffer.from(heardFrame));
    },
    pause: skip => {
      paused = skip ? 'skip' : 'silence';
    },
    resume: () => {
      paused = undefined;
    },
    finish() {
      const both = { said: Buffer.concat(said), heard: Buffer.concat(heard) };
      return order.trim === 'trim-silence' ? trimmed(both) : both;
    },
  };
}

/** Cuts the common silence at both ends, of both channels alike. */
function trimmed(both: { said: Buffer; heard: Buffer }) {
  const quiet = (at: number) =>
    Math.abs(linearOfMulaw[both.said[at]!]!) < 200 && Math.abs(linearOfMulaw[both.heard[at]!]!) < 200;
  let from = 0;
  let to = both.said.length;
  while (from < to && quiet(from)) from += 1;
  while (to > from && quiet(to - 1)) to -= 1;
  from -= from % frameBytes;
  return { said: both.said.subarray(from, to), heard: both.heard.subarray(from, to) };
}
