import { Readable } from 'node:stream';
import { Types } from 'mongoose';
import t from 'tap';
import { AppError } from '../../src/errors.ts';
import { createRecordingPeaks } from '../../src/recordings/recording-peaks.ts';
import type { Recording } from '../../src/recordings/recording-repository.ts';
import { peaksKeyOf, soundKeyOf } from '../../src/recordings/recording-state.ts';
import { WavDamaged } from '../../src/recordings/wav-check.ts';
import { mostPoints, PeakMeter } from '../../src/recordings/wave-peaks.ts';
import { fileNotFound } from '../../src/store/file-storage.ts';
import type { Stored } from '../../src/store/schema.ts';
import { silent } from '../helpers/store.ts';

interface Form {
  readonly frames: number;
  readonly channels?: number;
  readonly mulaw?: boolean;
  /** Bytes of sound that the head promises; what there is, unless given. */
  readonly promised?: number;
}

/** A WAV file at 8000 Hz whose samples are told by a rule. */
function wav(
  { frames, channels = 2, mulaw = false, promised }: Form,
  sample: (frame: number, channel: number) => number,
) {
  const width = mulaw ? 1 : 2;
  const data = Buffer.alloc(frames * channels * width);
  for (let frame = 0; frame < frames; frame += 1)
    for (let channel = 0; channel < channels; channel += 1) {
      const at = (frame * channels + channel) * width;
      if (mulaw) data[at] = sample(frame, channel);
      else data.writeInt16LE(sample(frame, channel), at);
    }
  const head = Buffer.alloc(46);
  head.write('RIFF', 0);
  head.write('WAVEfmt ', 8);
  head.writeUInt32LE(18, 16);
  head.writeUInt16LE(mulaw ? 7 : 1, 20);
  head.writeUInt16LE(channels, 22);
  head.writeUInt32LE(8_000, 24);
  head.writeUInt32LE(8_000 * channels * width, 28);
  head.writeUInt16LE(channels * width, 32);
  head.writeUInt16LE(width * 8, 34);
  head.write('data', 38);
  head.writeUInt32LE(promised ?? data.length, 42);
  return Buffer.concat([head, data]);
}

function peaksOf(file: Buffer, pieceBytes = 64 * 1024) {
  const meter = new PeakMeter();
  for (let at = 0; at < file.length; at += pieceBytes) meter.add(file.subarray(at, at + pieceBytes));
  return meter.peaks;
}

/** 40 ms of a loud square on one side, then 60 ms of a softer one on the other. */
const square = (frame: number, channel: number) => {
  const sign = frame % 16 < 8 ? 1 : -1;
  return channel === 0 ? (frame < 320 ? 16_384 * sign : 0) : frame >= 320 ? 8_192 * sign : 0;
};

t.test('the peaks of a known wave are known, in whatever pieces it comes', async t => {
  const file = wav({ frames: 800 }, square);
  for (const pieceBytes of [1, 3, 47, 1_000, file.length])
    t.same(peaksOf(file, pieceBytes), {
      durationMs: 100,
      msPerPoint: 20,
      channels: [
        [128, 128, 0, 0, 0],
        [0, 0, 64, 64, 64],
      ],
    });
  t.same(
    peaksOf(wav({ frames: 160 }, () => -32_768)).channels,
    [[255], [255]],
    'the loudest there is, also below zero',
  );
});

t.test('one channel, mu-law, and a last point that is shorter', async t => {
  t.same(peaksOf(wav({ frames: 161, channels: 1 }, frame => (frame === 160 ? 32_767 : 0))), {
    durationMs: 20.125,
    msPerPoint: 20,
    channels: [[0, 255]],
  });
  const spoken = (frame: number, channel: number) => (channel === 0 && frame < 160 ? 0x00 : 0xff);
  t.same(peaksOf(wav({ frames: 320, mulaw: true }, spoken)).channels, [
    [250, 0],
    [0, 0],
  ]);
});

t.test('however long it is, it has no more points than a screen', async t => {
  // One loud frame at three quarters of the way.
  for (const [frames, msPerPoint, points] of [
    [mostPoints * 160, 20, mostPoints],
    [mostPoints * 160 + 1, 40, mostPoints / 2 + 1],
    [mostPoints * 160 * 3, 80, 1_500],
  ] as const) {
    const loudAt = Math.floor(frames * 0.75);
    const peaks = peaksOf(wav({ frames, channels: 1 }, frame => (frame === loudAt ? 20_000 : 0)));
    t.match(peaks, { durationMs: frames / 8, msPerPoint });
    t.equal(peaks.channels[0]!.length, points);
    const loud = peaks.channels[0]!.flatMap((level, at) => (level > 0 ? [[at, level]] : []));
    t.same(loud, [[Math.floor(loudAt / 8 / msPerPoint), 156]], `${frames} frames`);
  }
});

t.test('of a file that breaks off there is what was heard, and what stands behind the sound is none of it', async t => {
  const file = wav({ frames: 800 }, square);
  t.match(peaksOf(file.subarray(0, 46 + 321 * 4 + 3)), {
    durationMs: 321 / 8,
    channels: [
      [128, 128, 0],
      [0, 0, 64],
    ],
  });
  const behind = Buffer.concat([file, Buffer.alloc(64, 0x7f)]);
  t.same(peaksOf(behind, 50), peaksOf(file));
  t.same(peaksOf(wav({ frames: 800, promised: 0xff_ff_ff_ff }, square)), peaksOf(file), 'a length that nobody knew');
  t.same(peaksOf(wav({ frames: 0 }, square)), { durationMs: 0, msPerPoint: 20, channels: [[], []] });
});

t.test('what is no sound that we know is refused', async t => {
  t.throws(() => peaksOf(Buffer.alloc(0)), WavDamaged);
  t.throws(() => peaksOf(wav({ frames: 8 }, square).subarray(0, 40)), WavDamaged);
  t.throws(() => peaksOf(Buffer.from('<html>an error page of a proxy</html>')), WavDamaged);
  const odd = wav({ frames: 8 }, square);
  odd.writeUInt16LE(3, 20);
  t.throws(() => peaksOf(odd), /neither of 16 bits nor mu-law/);
});

const storageKey = 'recordings/2026/11/a-random-name.wav';

/** Peaks over files in memory. */
function site() {
  const recording = { _id: new Types.ObjectId(), state: 'stored', storageKey, problem: null } as Stored<Recording>;
  const now = { state: 'stored' as Recording['state'] };
  const kept = new Map([[storageKey, wav({ frames: 800 }, square)]]);
  const reads: string[] = [];
  const files = {
    async read(key: string) {
      const found = kept.get(key);
      if (!found) throw fileNotFound(key);
      reads.push(key);
      return Readable.from([found]);
    },
    async put(key: string, content: Readable) {
      kept.set(key, Buffer.concat(await content.toArray()));
      return { key, bytes: 0, hash: '' };
    },
    remove: async (key: string) => kept.delete(key),
  };
  const recordings = { findById: async () => ({ ...recording, state: now.state }) };
  const peaksOfRecording = createRecordingPeaks({ recordings, files, logger: silent });
  return { now, kept, reads, files, peaks: () => peaksOfRecording(recording) };
}

t.test('peaks are worked out once, and what is kept of them is mended when it is damaged', async t => {
  const { peaks, kept, reads } = site();
  const [one, other] = await Promise.all([peaks(), peaks()]);
  t.same(one, other);
  t.same(one.channels[0], [128, 128, 0, 0, 0]);
  t.same(reads, [storageKey], 'those who ask at once share it');
  t.same(await peaks(), one);
  t.same(reads, [storageKey, peaksKeyOf(storageKey)]);
  for (const damage of ['{"version":1,"chan', '{"version":0}']) {
    kept.set(peaksKeyOf(storageKey), Buffer.from(damage));
    t.same(await peaks(), one, damage);
  }
  t.equal(reads.filter(key => key === storageKey).length, 3);
  t.equal(soundKeyOf(peaksKeyOf(storageKey)), storageKey);
  t.equal(soundKeyOf(storageKey), storageKey);
});

t.test('a recording that is erased while it is measured leaves no peaks, and a full disk hinders nobody', async t => {
  const erased = site();
  const { put } = erased.files;
  erased.files.put = (key, content) => {
    erased.now.state = 'erased';
    return put(key, content);
  };
  await t.rejects(erased.peaks(), { code: 'RECORDING_GONE' });
  t.same([...erased.kept.keys()], [storageKey]);

  const full = site();
  full.files.put = () => Promise.reject(new AppError('STORAGE_FULL', 'The disk is full.'));
  t.match(await full.peaks(), { msPerPoint: 20 });

  const damaged = site();
  damaged.kept.set(storageKey, Buffer.from('no sound'.repeat(8)));
  await t.rejects(damaged.peaks(), { code: 'RECORDING_DAMAGED' });
  damaged.kept.set(storageKey, wav({ frames: 8 }, square));
  t.match(await damaged.peaks(), { durationMs: 1 }, 'one that failed is in nobody’s way');
  damaged.kept.clear();
  damaged.now.state = 'expired';
  await t.rejects(damaged.peaks(), { code: 'RECORDING_GONE' }, 'removed between being asked for and being read');
});
