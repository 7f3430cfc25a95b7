import t from 'tap';
import { readAudioMessage } from '../../../src/engines/elevenlabs/audio-message-protocol.ts';
import { AudioScanner } from '../../../src/engines/elevenlabs/audio-scanner-protocol.ts';
import { chance } from '../../audio/signals.ts';

const audio = Buffer.from('the agent speaks').toString('base64');
const message = (base64: string, id: number | string, more = '') =>
  Buffer.from(`{"type":"audio","audio_event":{"audio_base_64":"${base64}","event_id":${id}${more}}}`);

function scannerFor(frame: Buffer): AudioScanner {
  const scanner = new AudioScanner();
  const { from, base64 } = readAudioMessage(frame)!;
  scanner.learn(frame, from!, from! + base64.length);
  return scanner;
}

t.test('a message of a form that was seen is known without parsing', async t => {
  const scanner = scannerFor(message(audio, 1));
  for (const [base64, id] of [
    [audio, 1],
    ['', 0],
    [Buffer.alloc(160, 7).toString('base64'), 98_765_432],
  ] as const) {
    const frame = message(base64, id);
    const padded = Buffer.concat([Buffer.from('xx'), frame, Buffer.from('yy')]);
    t.ok(scanner.find(padded, 2, 2 + frame.length));
    t.same([padded.toString('latin1', scanner.audioFrom, scanner.audioTo), scanner.eventId], [base64, id]);
  }
});

t.test('what differs is left to the parser', async t => {
  const scanner = scannerFor(message(audio, 1));
  const others = [
    message(audio, '01'),
    message(audio, '-1'),
    message(audio, '1.5'),
    message(audio, '1e3'),
    message(audio, ''),
    message(audio, '1234567890123456'),
    message(audio, 1, ',"alignment":null'),
    message('AAA', 1),
    message('AA A', 1),
    message('AA-_', 1),
    message(`${audio}","audio_base_64":"AAAA`, 1),
    Buffer.from(message(audio, 1).toString().replace('audio_event', 'audio_event_')),
    Buffer.from(` ${message(audio, 1)}`),
    Buffer.from(`${message(audio, 1)} `),
    message(audio, 1).subarray(0, -1),
  ];
  for (const frame of others) t.notOk(scanner.find(frame, 0, frame.length), String(frame));
  t.notOk(new AudioScanner().find(message(audio, 1), 0, message(audio, 1).length), 'nothing is known at first');
});

t.test('a form is only learnt where the number is the event’s own', async t => {
  const twice = Buffer.from(
    `{"audio_event":{"audio_base_64":"${audio}","x":{"event_id":5},"event_id":1},"type":"audio"}`,
  );
  t.notOk(scannerFor(twice).find(twice, 0, twice.length));
  const before = Buffer.from(`{"audio_event":{"event_id":1,"audio_base_64":"${audio}"},"type":"audio"}`);
  t.notOk(scannerFor(before).find(before, 0, before.length));
  const other = Buffer.from(`{"audio_event":{"audio_base_64":"${audio}","event_id":1,"a":[1]},"type":"audio"}`);
  t.ok(scannerFor(other).find(other, 0, other.length), 'wherever the other fields stand');
});

t.test('whatever is known is what parsing would have found', async t => {
  const next = chance(11);
  const model = message(audio, 17);
  const scanner = scannerFor(model);
  let known = 0;
  for (let round = 0; round < 20_000; round += 1) {
    const frame = Buffer.from(model);
    for (let many = next(3); many >= 0; many -= 1) frame[Math.floor(next(frame.length))] = 0x20 + Math.floor(next(95));
    if (!scanner.find(frame, 0, frame.length)) continue;
    known += 1;
    const parsed = readAudioMessage(frame);
    const found = [frame.toString('latin1', scanner.audioFrom, scanner.audioTo), scanner.eventId];
    if (String(parsed?.base64) !== found[0] || parsed?.eventId !== found[1]) t.same(found, parsed, String(frame));
  }
  t.ok(known > 100, `${known} of the messages were still audio`);
});
