import { test } from 'tap';
import {
  connectedMessage,
  decodeProductMessage,
  dtmfMessage,
  markMessage,
  mediaMessage,
  startMessage,
  stopMessage,
} from '../../../src/sandbox/carrier/media-messages.ts';
import { bufferLimitMs, createPlayoutBuffer } from '../../../src/sandbox/carrier/playout-buffer.ts';

const streamSid = `MZ${'1'.repeat(32)}`;
const identity = { accountSid: `AC${'2'.repeat(32)}`, callSid: `CA${'3'.repeat(32)}`, streamSid };
const payload = Buffer.alloc(160, 0x55).toString('base64');

test('messages have the fields and types of the documentation', async t => {
  t.same(JSON.parse(connectedMessage), { event: 'connected', protocol: 'Call', version: '1.0.0' });
  t.same(JSON.parse(startMessage(identity, ['inbound'], {})).start.customParameters, {});
  t.same(JSON.parse(mediaMessage(streamSid, 2, 'inbound', 1, 155, payload)), {
    event: 'media',
    sequenceNumber: '2',
    media: { track: 'inbound', chunk: '1', timestamp: '155', payload },
    streamSid,
  });
  t.same(JSON.parse(dtmfMessage(streamSid, 57, '#')), {
    event: 'dtmf',
    streamSid,
    sequenceNumber: '57',
    dtmf: { track: 'inbound_track', digit: '#' },
  });
  t.same(JSON.parse(markMessage(streamSid, 8, 'a "b"')).mark, { name: 'a "b"' });
  t.same(JSON.parse(stopMessage(identity, 9)).stop, { accountSid: identity.accountSid, callSid: identity.callSid });
});

test('a media message is read in any spelling of the same JSON', async t => {
  const message = { event: 'media', streamSid, media: { payload } };
  const spellings = [
    JSON.stringify(message),
    JSON.stringify(message, null, 2),
    JSON.stringify({ media: { payload }, streamSid, event: 'media' }),
    JSON.stringify(message).replaceAll('/', '\\/'),
  ];
  for (const text of spellings) {
    t.same(decodeProductMessage(text, streamSid), { event: 'media', audio: Buffer.alloc(160, 0x55) });
  }
});

test('hostile messages are described, never thrown', async t => {
  const hostile = [
    '',
    'null',
    '{}',
    '{"event":7}',
    '{"event":"constructor","streamSid":"x"}',
    '{"event":"media"',
    '{"event":"mark","streamSid":"x","mark":null}',
  ];
  for (const text of hostile) t.equal(decodeProductMessage(text, streamSid).event, 'violation', text);
  const quoted = `{"event":"media","streamSid":"${streamSid}","media":{"payload":"AAAA","more":"AAAA"}}`;
  t.match(
    decodeProductMessage(quoted, streamSid),
    { kind: 'stream-field-unknown' },
    'the quick path takes no extra field',
  );
});

const second = Buffer.alloc(8_000, 1);
const take = (buffer: ReturnType<typeof createPlayoutBuffer>, frames: number) => {
  const reached: string[] = [];
  for (let frame = 0; frame < frames; frame += 1) reached.push(...buffer.take().reached);
  return reached;
};

test('marks are reached when everything before them was played', async t => {
  const buffer = createPlayoutBuffer();
  t.equal(buffer.addMark('idle'), true, 'at once when nothing is queued');
  buffer.addAudio(second);
  t.equal(buffer.addMark('after one second'), false);
  buffer.addAudio(second);
  buffer.addMark('after two');
  buffer.addMark('after two as well');
  t.equal(buffer.queuedMs, 2_000);
  t.same(take(buffer, 50), []);
  t.same(take(buffer, 1), ['after one second']);
  t.same(take(buffer, 49), []);
  t.same(take(buffer, 1), ['after two', 'after two as well']);
  t.equal(buffer.take().frame, undefined);
});

test('clear gives back every mark that was outstanding, and nothing is left', async t => {
  const buffer = createPlayoutBuffer();
  buffer.addAudio(second);
  buffer.addMark('one');
  buffer.addAudio(second);
  buffer.addMark('two');
  take(buffer, 10);
  t.same(buffer.clear(), ['one', 'two']);
  t.equal(buffer.queuedMs, 0);
  t.same(buffer.take(), { frame: undefined, reached: [] });
  t.equal(buffer.addMark('idle again'), true);
});

test('audio in odd pieces is played without a seam, and the last frame is filled with silence', async t => {
  const buffer = createPlayoutBuffer();
  const audio = Buffer.from(Uint8Array.from({ length: 1_000 }, (_, at) => at % 251));
  for (let at = 0; at < audio.length; at += 37) buffer.addAudio(audio.subarray(at, at + 37));
  const frames: Buffer[] = [];
  for (let next = buffer.take().frame; next; next = buffer.take().frame) frames.push(Buffer.from(next));
  const played = Buffer.concat(frames);
  t.same(played.subarray(0, 1_000), audio);
  t.same(played.subarray(1_000), Buffer.alloc(120, 0xff));
});

test('the buffer holds ten minutes and says how much did not fit', async t => {
  const buffer = createPlayoutBuffer();
  const minute = Buffer.alloc(480_000, 1);
  for (let count = 0; count < 10; count += 1) t.equal(buffer.addAudio(minute), 0);
  t.equal(buffer.queuedMs, bufferLimitMs);
  t.equal(buffer.addAudio(second), 8_000);
  buffer.take();
  t.equal(buffer.addAudio(second), 7_840);
});
