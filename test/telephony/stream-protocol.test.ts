import { test } from 'tap';
import { markMessage, mediaMessage } from '../../src/sandbox/carrier/media-messages.ts';
import { MediaScanner } from '../../src/telephony/media-scanner-protocol.ts';
import { decodeStreamMessage, findMark, StreamWriter } from '../../src/telephony/stream-protocol.ts';

const streamSid = `MZ${'2'.repeat(32)}`;
const callSid = `CA${'3'.repeat(32)}`;
const scanner = new MediaScanner(streamSid);
const decode = (message: unknown) => decodeStreamMessage(Buffer.from(JSON.stringify(message)));

/** Chance that is the same in every run. */
function createChance(seed: number) {
  let state = seed >>> 0;
  const next = () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
  return {
    below: (limit: number) => Math.floor(next() * limit),
    often: (share: number) => next() < share,
    pick: <T>(items: readonly T[]): T => items[Math.floor(next() * items.length)]!,
    shuffled: <T>(items: readonly T[]): T[] =>
      items
        .map(item => ({ item, order: next() }))
        .sort((a, b) => a.order - b.order)
        .map(each => each.item),
  };
}
type Chance = ReturnType<typeof createChance>;

const payloadOf = (chance: Chance, length: number) =>
  Buffer.from(Array.from({ length }, () => chance.below(256))).toString('base64');

test('an audio frame as the carrier sends it is recognised without parsing', t => {
  const payload = Buffer.alloc(160, 0x7f).toString('base64');
  const found = scanner.scan(Buffer.from(mediaMessage(streamSid, 812, 'inbound', 700, 14_020, payload)));
  t.same(found && { ...found, payload: found.payload.toString() }, {
    event: 'media',
    streamSid,
    sequence: 812,
    timestampMs: 14_020,
    payload,
  });
  t.end();
});

test('its fields may come in any order, and all but the payload may be missing', t => {
  const orders: string[] = [
    `{"media":{"payload":"AAAA","timestamp":"5","chunk":"1","track":"inbound"},"streamSid":"${streamSid}","event":"media","sequenceNumber":"3"}`,
    `{"streamSid":"${streamSid}","sequenceNumber":"3","media":{"timestamp":"5","payload":"AAAA"},"event":"media"}`,
  ];
  for (const text of orders) {
    const found = scanner.scan(Buffer.from(text));
    t.match(found, { sequence: 3, timestampMs: 5 });
    t.equal(String(found?.payload), 'AAAA');
  }
  t.end();
});

test('the payload is a view of the frame, not a copy', t => {
  const frame = Buffer.from(mediaMessage(streamSid, 2, 'inbound', 1, 155, 'AAAA'));
  t.equal(scanner.scan(frame)?.payload.buffer, frame.buffer);
  t.end();
});

const unusual: [why: string, text: string][] = [
  ['white space', `{"event": "media","media":{"payload":"AAAA"},"streamSid":"${streamSid}"}`],
  ['an escape', `{"event":"media","media":{"payload":"AA\\/A"},"streamSid":"${streamSid}"}`],
  ['a new field', `{"event":"media","media":{"payload":"AAAA"},"streamSid":"${streamSid}","new":1}`],
  ['a field twice', `{"event":"media","event":"media","media":{"payload":"AAAA"},"streamSid":"${streamSid}"}`],
  ['another stream', `{"event":"media","media":{"payload":"AAAA"},"streamSid":"MZ1"}`],
  ['something after it', `{"event":"media","media":{"payload":"AAAA"},"streamSid":"${streamSid}"} `],
  ['no base64', `{"event":"media","media":{"payload":"AAA!"},"streamSid":"${streamSid}"}`],
  ['base64 cut off', `{"event":"media","media":{"payload":"AAAAA"},"streamSid":"${streamSid}"}`],
  ['padding in the middle', `{"event":"media","media":{"payload":"AA==AAAA"},"streamSid":"${streamSid}"}`],
  ['the outbound track', `{"event":"media","media":{"track":"outbound","payload":"AAAA"},"streamSid":"${streamSid}"}`],
  ['no payload', `{"event":"media","media":{"chunk":"1"},"streamSid":"${streamSid}"}`],
  ['half a frame', `{"event":"media","media":{"payload":"AAAA`],
  ['nothing at all', ''],
];
for (const [why, text] of unusual) {
  test(`${why} is left to full parsing`, t => {
    t.equal(scanner.scan(Buffer.from(text)), undefined);
    t.end();
  });
}

/** A frame near the usual form, with one or a few things about it that may be wrong. */
function anyFrame(chance: Chance): string {
  const value = (usual: string) =>
    chance.often(0.9)
      ? JSON.stringify(usual)
      : chance.pick(['7', '"x7"', '""', 'null', '"9999999999999999"', '"\\u0037"', '"é"', '{}']);
  const payload = payloadOf(chance, chance.below(200));
  const broken = chance.pick([
    `${payload}!`,
    payload.slice(1),
    `${payload}é`,
    payload.replaceAll('A', '\\u0041'),
    `=${payload}`,
  ]);
  const inner = chance.shuffled([
    `"payload":"${chance.often(0.85) ? payload : broken}"`,
    `"timestamp":${value(String(chance.below(1e6)))}`,
    `"chunk":${value(String(chance.below(1e6)))}`,
    `"track":${chance.often(0.95) ? '"inbound"' : chance.pick(['"outbound"', '"in\\u0062ound"', 'null'])}`,
  ]);
  const fields = chance
    .shuffled([
      `"event":${chance.often(0.95) ? '"media"' : chance.pick(['"m\\u0065dia"', '"mark"', '"news"', '3'])}`,
      `"sequenceNumber":${value(String(chance.below(1e6)))}`,
      `"streamSid":${chance.often(0.95) ? `"${streamSid}"` : '"MZ9"'}`,
      `"media":{${inner.filter(() => chance.often(0.95)).join(',')}}`,
    ])
    .filter(() => chance.often(0.97));
  if (chance.often(0.05)) fields.push(chance.pick(fields));
  if (chance.often(0.05)) fields.push('"extra":{"media":{"payload":"AAAA"}}');
  const space = chance.often(0.1) ? ' ' : '';
  let text = `{${space}${fields.join(`,${space}`)}}`;
  if (chance.often(0.03)) text = text.slice(0, chance.below(text.length));
  if (chance.often(0.03)) text = text.replace('}', chance.pick(['}}', '', '},', ']', '\u0000}']));
  return text;
}

test('whatever a frame looks like, the scanner says the same as a parser, or nothing', t => {
  const chance = createChance(20_260_302);
  let recognised = 0;
  for (let round = 0; round < 40_000; round += 1) {
    const text = anyFrame(chance);
    const data = Buffer.from(text);
    const found = scanner.scan(data);
    if (!found) continue;
    recognised += 1;
    const parsed = decodeStreamMessage(data);
    if (parsed.event !== 'media' || JSON.stringify(parsed) !== JSON.stringify(found)) {
      t.fail(`they disagree about ${text}`);
      break;
    }
  }
  t.ok(recognised > 5_000 && recognised < 38_000, `${recognised} of 40000 were recognised`);
  t.end();
});

test('random bytes are never taken for anything', t => {
  const chance = createChance(7);
  for (let round = 0; round < 20_000; round += 1) {
    const data = Buffer.from(Array.from({ length: chance.below(80) }, () => chance.below(256)));
    if (scanner.scan(data)) t.fail(data.toString('hex'));
    const { event } = decodeStreamMessage(data);
    if (event !== 'invalid') t.fail(`${data.toString('hex')} became ${event}`);
  }
  t.end();
});

test('the other messages are parsed and checked', t => {
  const start = {
    event: 'start',
    sequenceNumber: '1',
    streamSid,
    start: {
      accountSid: 'AC1',
      streamSid,
      callSid,
      tracks: ['inbound'],
      mediaFormat: { encoding: 'audio/x-mulaw', sampleRate: 8000, channels: 1 },
      customParameters: { token: 'k3y', odd: 7 },
    },
  };
  t.same(decode({ event: 'connected', protocol: 'Call', version: '1.0.0' }), { event: 'connected' });
  t.same(decode(start), { event: 'start', sequence: 1, streamSid, callSid, parameters: { token: 'k3y' } });
  t.same(decode({ event: 'dtmf', streamSid, sequenceNumber: '57', dtmf: { track: 'inbound_track', digit: '#' } }), {
    event: 'dtmf',
    streamSid,
    sequence: 57,
    digit: '#',
  });
  t.same(decode({ event: 'mark', streamSid, sequenceNumber: '8', mark: { name: 'm4' } }), {
    event: 'mark',
    streamSid,
    sequence: 8,
    name: 'm4',
  });
  t.same(decode({ event: 'stop', streamSid, sequenceNumber: '9', stop: { callSid } }), {
    event: 'stop',
    streamSid,
    sequence: 9,
  });
  t.same(decode({ event: 'weather', sequenceNumber: '10', streamSid }), { event: 'unknown', sequence: 10 });
  const refused = [
    null,
    [],
    {},
    { event: 7 },
    { event: 'start', streamSid },
    { ...start, start: { ...start.start, mediaFormat: { encoding: 'audio/x-l16', sampleRate: 16_000, channels: 1 } } },
    { ...start, start: { ...start.start, streamSid: 'MZ1' } },
    { ...start, start: { ...start.start, callSid: '' } },
    { event: 'dtmf', streamSid, dtmf: { digit: '10' } },
    { event: 'mark', streamSid, mark: {} },
    { event: 'media', streamSid, media: { payload: 7 } },
    { event: 'stop' },
  ];
  for (const message of refused) t.equal(decode(message).event, 'invalid', JSON.stringify(message));
  t.end();
});

test('what we say is what the carrier documents, spliced from text or bytes', t => {
  const writer = new StreamWriter(streamSid);
  for (const base64 of ['AAAA', Buffer.from('AAAA')]) {
    t.equal(String(writer.media(base64)), JSON.stringify({ event: 'media', streamSid, media: { payload: 'AAAA' } }));
  }
  t.equal(writer.mark('a"b'), JSON.stringify({ event: 'mark', streamSid, mark: { name: 'a"b' } }));
  t.equal(writer.clear, JSON.stringify({ event: 'clear', streamSid }));
  t.end();
});

test('a mark in its usual form is found without parsing, and says what parsing says', t => {
  const before = Buffer.from('before');
  for (const name of ['p1', 'p12', 'turn-4:end']) {
    const message = Buffer.from(markMessage(streamSid, 812, name));
    const data = Buffer.concat([before, message, before]);
    t.same(findMark(data, before.length, before.length + message.length), decodeStreamMessage(message));
  }
  t.end();
});

test('any other form of a mark is for the parser', t => {
  const usual = markMessage(streamSid, 3, 'p1');
  const others = [
    usual.replace('"event":"mark"', '"event": "mark"'),
    usual.replace('"3"', '"-3"'),
    usual.replace('"sequenceNumber":"3",', ''),
    usual.replace('p1', 'p\\u0031'),
    usual.replace('p1', 'p"1'),
    usual.replace('p1', 'p'.repeat(33)),
    usual.replace('}}', '},"new":1}'),
    `${usual} `,
    usual.slice(0, -1),
    usual.replaceAll('mark', 'dtmf'),
    '',
  ];
  for (const text of others) t.notOk(findMark(Buffer.from(text), 0, Buffer.byteLength(text)), text);
  t.end();
});
