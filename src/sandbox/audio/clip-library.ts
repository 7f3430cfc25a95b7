import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { bytesPerMs, frameBytes } from '../../audio/mulaw.ts';
import { type AudioFrame, cutFrames } from './audio-frame.ts';

/** A spoken sentence, recorded once, that is recognised bit by bit wherever it arrives. */
export interface Clip {
  readonly id: string;
  readonly text: string;
  readonly voice: string;
  readonly durationMs: number;
  readonly bytes: Buffer;
  /** The audio in frames with their base64 form, made when first needed. */
  readonly frames: readonly AudioFrame[];
}

export interface ClipEntry {
  id: string;
  text: string;
  voice: string;
  file: string;
  durationMs: number;
  sha256: string;
}

export interface ClipLibrary {
  readonly clips: readonly Clip[];
  get(id: string): Clip | undefined;
  /** The clip with this text, spoken by this voice if there is one, by any voice otherwise. */
  find(text: string, voice?: string): Clip | undefined;
}

/** Reads `manifest.json` and the clips it names; a clip that differs from its fingerprint is an error, not a surprise later. */
export function loadClipLibrary(...folders: string[]): ClipLibrary {
  const clips: Clip[] = [];
  for (const folder of folders) {
    const manifest = JSON.parse(readFileSync(join(folder, 'manifest.json'), 'utf8')) as { clips: ClipEntry[] };
    for (const entry of manifest.clips) clips.push(readClip(folder, entry));
  }
  return createClipLibrary(clips);
}

export function createClipLibrary(clips: readonly Clip[]): ClipLibrary {
  const byId = new Map(clips.map(clip => [clip.id, clip]));
  const byText = new Map<string, Clip[]>();
  for (const clip of clips) {
    const key = normal(clip.text);
    const known = byText.get(key);
    if (known) known.push(clip);
    else byText.set(key, [clip]);
  }
  return {
    clips,
    get: id => byId.get(id),
    find(text, voice) {
      const found = byText.get(normal(text)) ?? [];
      return found.find(clip => clip.voice === voice) ?? found[0];
    },
  };
}

export function createClip(entry: { id: string; text: string; voice: string }, bytes: Buffer): Clip {
  let frames: readonly AudioFrame[] | undefined;
  return {
    ...entry,
    durationMs: bytes.length / bytesPerMs,
    bytes,
    get frames() {
      frames ??= cutFrames(bytes);
      return frames;
    },
  };
}

function readClip(folder: string, entry: ClipEntry): Clip {
  const bytes = readFileSync(join(folder, entry.file));
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  if (sha256 !== entry.sha256 || bytes.length % frameBytes !== 0) {
    throw new Error(
      `${entry.file} in ${folder} differs from its manifest: run \`node scripts/sandbox/make-clips.mjs\``,
    );
  }
  return createClip({ id: entry.id, text: entry.text, voice: entry.voice }, bytes);
}

const normal = (text: string) => text.toLowerCase().replace(/\s+/g, ' ').trim();
