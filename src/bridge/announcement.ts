import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { bytesPerMs, frameBytes } from '../audio/mulaw.ts';

/** Something the product says itself, recorded once, because at that moment there is no agent to say it. */
export interface Announcement {
  readonly text: string;
  /** Whole frames of mu-law at 8000 Hz. */
  readonly bytes: Buffer;
  readonly durationMs: number;
}

const texts = {
  apology: 'We are sorry, we cannot continue this call right now. Please try again later. Goodbye.',
} as const;

/** At the same distance from `src/bridge/` as from `dist/bridge/`. */
const folder = new URL('../../media/', import.meta.url);

/** Reads an announcement from the disk; meant for the start of the program, so that a missing file shows there. */
export function loadAnnouncement(name: keyof typeof texts): Announcement {
  const bytes = readFileSync(fileURLToPath(new URL(`${name}.ulaw`, folder)));
  if (bytes.length === 0 || bytes.length % frameBytes !== 0) {
    throw new Error(`media/${name}.ulaw does not hold whole frames: make it again with scripts/sandbox/make-clips.mjs`);
  }
  return { text: texts[name], bytes, durationMs: bytes.length / bytesPerMs };
}
