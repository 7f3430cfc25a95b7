import { stampTime } from '../load/load-meter.ts';
import { createStampReader, holdsStamp, turnStamp } from '../load/stamp.ts';
import type { AudioFormat } from './audio-format.ts';
import { audio, type ServerMessage } from './server-messages.ts';

/**
 * Sends the stamped frames of a load test straight back, each with the time it was here; gives true for audio that it took.
 * Only mu-law comes through unchanged, so other formats are left to the ordinary ear.
 */
export function createLoadEcho(
  formats: { input: AudioFormat; output: AudioFormat },
  actions: { send(message: ServerMessage): void; nextEventId(): number },
): (bytes: Buffer) => boolean {
  const readStamps = createStampReader();
  const able = formats.input === 'ulaw_8000' && formats.output === 'ulaw_8000';
  let active = false;
  return bytes => {
    if (!able || !(active || holdsStamp(bytes))) return false;
    active = true;
    const frames = readStamps(bytes);
    if (frames.length === 0) return false;
    const now = stampTime();
    for (const frame of frames) turnStamp(frame, now);
    actions.send(audio(frames.length === 1 ? frames[0]! : Buffer.concat(frames), actions.nextEventId()));
    return true;
  };
}
