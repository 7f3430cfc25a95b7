import { linearOfMulaw } from '../../audio/mulaw.ts';

const headerBytes = 44;

/** A WAV file with 16-bit samples at 8000 Hz from mu-law channels of equal length. */
export function wavFile(channels: readonly Uint8Array[]): Buffer {
  const samples = channels[0]?.length ?? 0;
  const blockBytes = channels.length * 2;
  const file = Buffer.alloc(headerBytes + samples * blockBytes);
  file.write('RIFF', 0, 'latin1');
  file.writeUInt32LE(file.length - 8, 4);
  file.write('WAVEfmt ', 8, 'latin1');
  file.writeUInt32LE(16, 16);
  file.writeUInt16LE(1, 20);
  file.writeUInt16LE(channels.length, 22);
  file.writeUInt32LE(8_000, 24);
  file.writeUInt32LE(8_000 * blockBytes, 28);
  file.writeUInt16LE(blockBytes, 32);
  file.writeUInt16LE(16, 34);
  file.write('data', 36, 'latin1');
  file.writeUInt32LE(samples * blockBytes, 40);
  let at = headerBytes;
  for (let sample = 0; sample < samples; sample += 1) {
    for (const channel of channels) at = file.writeInt16LE(linearOfMulaw[channel[sample]!]!, at);
  }
  return file;
}

/** Both directions in one channel, as a mono recording has them. */
export function mixed(said: Uint8Array, heard: Uint8Array, encode: (sample: number) => number): Uint8Array {
  return Uint8Array.from(said, (byte, at) => encode(linearOfMulaw[byte]! + linearOfMulaw[heard[at] ?? 0xff]!));
}

/** Reads the sound of a WAV file that is mono 8000 Hz, as samples or mu-law; undefined for any other file. */
export function readWav(file: Buffer, encode: (sample: number) => number): Buffer | undefined {
  if (file.length < 12 || file.toString('latin1', 0, 4) !== 'RIFF' || file.toString('latin1', 8, 12) !== 'WAVE')
    return undefined;
  let format: { kind: number; channels: number; rate: number; bits: number } | undefined;
  for (let at = 12; at + 8 <= file.length; ) {
    const name = file.toString('latin1', at, at + 4);
    const size = file.readUInt32LE(at + 4);
    const body = file.subarray(at + 8, Math.min(file.length, at + 8 + size));
    if (name === 'fmt ' && body.length >= 16) {
      format = {
        kind: body.readUInt16LE(0),
        channels: body.readUInt16LE(2),
        rate: body.readUInt32LE(4),
        bits: body.readUInt16LE(14),
      };
    } else if (name === 'data' && format) {
      if (format.channels !== 1 || format.rate !== 8_000) return undefined;
      if (format.kind === 7 && format.bits === 8) return Buffer.from(body);
      if (format.kind !== 1 || format.bits !== 16) return undefined;
      return Buffer.from(
        Uint8Array.from({ length: body.length >> 1 }, (_, index) => encode(body.readInt16LE(index * 2))),
      );
    }
    at += 8 + size + (size % 2);
  }
  return undefined;
}
