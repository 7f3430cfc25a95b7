import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { linearOfMulaw, silence } from '../../../src/audio/mulaw.ts';
import { loadScenario } from '../../../src/sandbox/scenarios/scenario.ts';

export const { clips } = loadScenario();
/** Something that no script of the sandbox's agent knows. */
export const question = clips.clips.find(each => each.voice === 'stranger' && each.durationMs > 1_000)!;

/** Switches that give the browser a microphone into which this is spoken again and again, each time after a pause. */
export function spokenInto(audio: Buffer, pauseMs: number): string[] {
  const folder = mkdtempSync(join(tmpdir(), 'parley-microphone-'));
  t.teardown(() => rmSync(folder, { recursive: true, force: true }));
  const file = join(folder, 'spoken.wav');
  writeFileSync(file, waveFile(Buffer.concat([silence(pauseMs), audio])));
  return ['--use-fake-device-for-media-stream', `--use-file-for-fake-audio-capture=${file}`];
}

/** A WAV file of 16 bits and 8 kHz, as every browser reads it. */
function waveFile(mulaw: Buffer): Buffer {
  const samples = Buffer.alloc(2 * mulaw.length);
  mulaw.forEach((byte, at) => void samples.writeInt16LE(linearOfMulaw[byte]!, 2 * at));
  const header = Buffer.alloc(44);
  header.write('RIFF', 0);
  header.writeUInt32LE(36 + samples.length, 4);
  header.write('WAVEfmt ', 8);
  header.writeUInt32LE(16, 16);
  header.writeUInt16LE(1, 20);
  header.writeUInt16LE(1, 22);
  header.writeUInt32LE(8_000, 24);
  header.writeUInt32LE(16_000, 28);
  header.writeUInt16LE(2, 32);
  header.writeUInt16LE(16, 34);
  header.write('data', 36);
  header.writeUInt32LE(samples.length, 40);
  return Buffer.concat([header, samples]);
}
