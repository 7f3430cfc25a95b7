import { frameBytes, mulawOfLinear } from '../../audio/mulaw.ts';
import { type Clip, createClip } from '../audio/clip-library.ts';

const msPerCharacter = 55;
const syllableMs = 180;

/**
 * Something to hear for a sentence of which no clip exists, for instance a first message that was overridden: a hummed tune of the
 * sentence's length, different for every text. It is made, not spoken, because nothing here can speak at run time.
 */
export function murmur(text: string, voice = 'murmur'): Clip {
  const frames = Math.max(20, Math.round((text.length * msPerCharacter) / 20));
  const bytes = Buffer.alloc(frames * frameBytes);
  let pitch = 120;
  let phase = 0;
  for (let at = 0; at < bytes.length; at += 1) {
    const syllable = Math.floor(at / (syllableMs * 8));
    const within = (at % (syllableMs * 8)) / (syllableMs * 8);
    if (within === 0) pitch = 105 + ((text.charCodeAt(syllable % text.length) * 7) % 60);
    phase += (2 * Math.PI * pitch) / 8_000;
    const loudness = 5_000 * Math.sin(Math.PI * within) + 600;
    bytes[at] = mulawOfLinear(Math.round(loudness * (0.6 * Math.sin(phase) + 0.3 * Math.sin(2 * phase))));
  }
  return createClip({ id: `murmur-${text.slice(0, 24)}`, text, voice }, bytes);
}
