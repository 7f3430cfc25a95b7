import { setImmediate as nextTurn } from 'node:timers/promises';
import { createMp3Encoder } from 'wasm-media-encoders';
import { bytesPerMs, linearOfMulaw } from '../../audio/mulaw.ts';

/** Both sides of one conversation as they were heard, silence left out. */
export interface ConversationRecording {
  /** Line audio of the caller, as it arrives. */
  caller(audio: Buffer, atMs: number): void;
  /** An answer of the agent that begins to play at this time. */
  agent(audio: Buffer, atMs: number): void;
  /** Whatever of the agent was to be played after this was not heard. */
  agentCut(atMs: number): void;
  readonly hasCaller: boolean;
  readonly hasAgent: boolean;
  /** An MP3 file of both in one channel. */
  mp3(): Promise<Buffer>;
}

interface Piece {
  /** In samples since the beginning. */
  readonly at: number;
  readonly audio: Uint8Array;
}

/** Further behind the clock than this, audio did not come late: there was none. */
const longestLagMs = 1_000;
const lineRate = 8_000;
const portion = 20 * lineRate;
const bitrate = 32;
/** Louder than the wavering of an open line. */
const loud = 0x70;

/** Keeps what was said from `startedAt` on. Memory is needed for the caller's words only: the agent's are in the clip library. */
export function createConversationRecording(startedAt: number): ConversationRecording {
  const caller: Piece[] = [];
  let agent: Piece[] = [];
  let heardUpTo = 0;
  const sampleAt = (ms: number) => Math.max(0, Math.round((ms - startedAt) * bytesPerMs));

  return {
    caller(audio, atMs) {
      const now = sampleAt(atMs);
      if (heardUpTo < now - longestLagMs * bytesPerMs) heardUpTo = now;
      if (isLoud(audio)) caller.push({ at: heardUpTo, audio: Uint8Array.from(audio) });
      heardUpTo += audio.length;
    },
    agent(audio, atMs) {
      if (audio.length) agent.push({ at: sampleAt(atMs), audio });
    },
    agentCut(atMs) {
      const cut = sampleAt(atMs);
      agent = agent.flatMap(({ at, audio }) => (at < cut ? [{ at, audio: audio.subarray(0, cut - at) }] : []));
    },
    get hasCaller() {
      return caller.length > 0;
    },
    get hasAgent() {
      return agent.length > 0;
    },
    mp3: () => encoded([...caller, ...agent]),
  };
}

function isLoud(audio: Uint8Array): boolean {
  for (const byte of audio) if ((byte & 0x7f) < loud) return true;
  return false;
}

async function encoded(pieces: readonly Piece[]): Promise<Buffer> {
  const samples = pieces.reduce((end, { at, audio }) => Math.max(end, at + audio.length), 0);
  const encoder = await createMp3Encoder();
  encoder.configure({ channels: 1, sampleRate: lineRate, bitrate });
  const file: Buffer[] = [];
  for (let from = 0; from < samples; from += portion) {
    const sound = new Float32Array(Math.min(portion, samples - from));
    for (const { at, audio } of pieces) {
      const end = Math.min(from + sound.length, at + audio.length);
      for (let sample = Math.max(from, at); sample < end; sample += 1) {
        sound[sample - from]! += linearOfMulaw[audio[sample - at]!]! / 32_768;
      }
    }
    file.push(Buffer.from(encoder.encode([sound]))); // the encoder uses its memory again
    await nextTurn(); // calls go on meanwhile
  }
  file.push(Buffer.from(encoder.finalize()));
  return Buffer.concat(file);
}
