import { frameBytes, mulawOfLinear, silenceByte } from '../../audio/mulaw.ts';
import { isSpeech } from './line-sound.ts';

/** What a stretch of line audio contains, as far as an answering machine detector cares. */
export type LineSound = 'silence' | 'speech' | 'beep' | 'fax';

/** Twenty milliseconds of audio with everything ready that a call needs of it, so that sending it costs no work per call. */
export interface AudioFrame {
  readonly bytes: Buffer;
  readonly base64: string;
  readonly sound: LineSound;
}

export function audioFrame(bytes: Buffer, sound?: LineSound): AudioFrame {
  return { bytes, base64: bytes.toString('base64'), sound: sound ?? (isSpeech(bytes) ? 'speech' : 'silence') };
}

/** Cuts audio into frames; the last one is filled up with silence. */
export function cutFrames(audio: Buffer, sound?: LineSound): AudioFrame[] {
  const frames: AudioFrame[] = [];
  for (let at = 0; at < audio.length; at += frameBytes) {
    const bytes = Buffer.alloc(frameBytes, silenceByte);
    audio.copy(bytes, 0, at, Math.min(audio.length, at + frameBytes));
    frames.push(audioFrame(bytes, sound));
  }
  return frames;
}

/** An open line on which nobody speaks is not digital silence: its samples waver around zero. */
export const lineNoise: readonly AudioFrame[] = [0xff, 0x7f, 0xfe, 0xff].map((byte, index) => {
  const bytes = Buffer.alloc(frameBytes, silenceByte);
  for (let at = index; at < frameBytes; at += 7 + index) bytes[at] = byte;
  return audioFrame(bytes, 'silence');
});

export const silentFrame: AudioFrame = audioFrame(Buffer.alloc(frameBytes, silenceByte), 'silence');

/** Silence that the network does not send: its time passes, and the next frame's timestamp jumps. */
export const suppressedFrame: AudioFrame = audioFrame(Buffer.alloc(frameBytes, silenceByte), 'silence');

/** A sine tone in whole frames, for the beep of a machine, a fax, or music on hold. */
export function tone(hertz: number, durationMs: number, sound: LineSound, amplitude = 8_000): AudioFrame[] {
  const samples = Buffer.alloc(Math.ceil(durationMs / 20) * frameBytes);
  for (let at = 0; at < samples.length; at += 1) {
    samples[at] = mulawOfLinear(Math.round(amplitude * Math.sin((2 * Math.PI * hertz * at) / 8_000)));
  }
  return cutFrames(samples, sound);
}
