import { test } from 'tap';
import { parseTwiml, type TwimlElement } from '../../src/sandbox/carrier/twiml-document.ts';
import {
  apologise,
  connectStream,
  hangUp,
  leaveMessage,
  machineMessage,
  sayAndAwaitKey,
  sayAndHangUp,
  speakable,
  twimlType,
} from '../../src/telephony/twiml.ts';
import { loaderFlags, moduleUrl } from '../helpers/program.ts';

/** The verbs of a document that the carrier would run without a warning. */
function verbsOf(document: string): TwimlElement[] {
  const parsed = parseTwiml(document, twimlType);
  if ('fatal' in parsed) throw new Error(parsed.fatal.detail);
  if (parsed.problems.length > 0) throw new Error(parsed.problems.map(({ detail }) => detail).join('; '));
  return parsed.verbs;
}
const names = (document: string) => verbsOf(document).map(({ name }) => name);

const order = {
  url: 'wss://calls.example.com/media-stream',
  token: 'k3y.s1g',
  statusCallback: 'https://calls.example.com/stream-status-callback?attempt=1&a=%20',
  streamEnded: 'https://calls.example.com/stream-ended?attempt=1&b=2#rc=2&rp=ct,5xx',
};

test('a stream gets its token as a parameter, and a call that outlives it asks again after three seconds', t => {
  const [connect, pause, redirect, ...rest] = verbsOf(connectStream(order));
  const stream = connect?.children[0];
  t.equal(connect?.name, 'Connect');
  t.match(stream, { name: 'Stream', attributes: { url: order.url, statusCallback: order.statusCallback } });
  t.match(stream?.children, [{ name: 'Parameter', attributes: { name: 'token', value: order.token } }]);
  t.match(pause, { name: 'Pause', attributes: { length: '3' } });
  t.match(redirect, { name: 'Redirect', text: order.streamEnded });
  t.equal(rest.length, 0);
  t.end();
});

test('hanging up, speaking first, apologising and leaving a recording', t => {
  t.same(names(hangUp()), ['Hangup']);
  t.same(names(sayAndHangUp('We are closed.')), ['Say', 'Hangup']);
  t.same(names(sayAndHangUp('   ')), ['Hangup'], 'nothing to say is no empty <Say>');
  t.same(names(apologise()), ['Say', 'Hangup']);
  t.same(names(leaveMessage({ text: 'Please call us back.' })), ['Say', 'Hangup']);
  const [play] = verbsOf(leaveMessage({ recording: 'https://calls.example.com/m.wav?a=1&b=2' }));
  t.match(play, { name: 'Play', text: 'https://calls.example.com/m.wav?a=1&b=2' });
  t.match(verbsOf(sayAndHangUp('Guten Tag', 'de-DE'))[0], { attributes: { language: 'de-DE' } });
  t.same(verbsOf(sayAndHangUp('Hello', '"><Dial>'))[0]?.attributes, {}, 'a language that is none is left out');
  t.end();
});

test('a message is spoken, unless it is nothing but an address', t => {
  const recording = 'https://media.example.com/message.wav?v=2';
  t.same(machineMessage(` ${recording}\n`), { recording });
  for (const text of [
    'Please call us back.',
    `Look at ${recording}`,
    `${recording} please`,
    'https://',
    'https://no host/x',
    'ftp://media.example.com/message.wav',
    'javascript:alert(1)',
  ])
    t.same(machineMessage(text), { text });
  t.end();
});

test('one key may be pressed while a text is spoken', t => {
  const [gather, then] = verbsOf(
    sayAndAwaitKey({ text: 'Press 9 to opt out.', action: 'https://calls.example.com/voice?attempt=1' }),
  );
  t.match(gather, {
    name: 'Gather',
    attributes: { numDigits: '1', finishOnKey: '', action: 'https://calls.example.com/voice?attempt=1' },
    children: [{ name: 'Say', text: 'Press 9 to opt out.' }],
  });
  t.equal(then?.name, 'Hangup');
  t.end();
});

test('whatever text is spoken, the document stays what it is', t => {
  const hostile = `</Say><Dial>+12125550199</Dial> & "quoted" 'it' ]]> <!-- --> \u0000\u0008\ud800 \uffff é 你 🎉`;
  const document = sayAndHangUp(hostile);
  const [say] = verbsOf(document);
  t.same(names(document), ['Say', 'Hangup']);
  t.equal(say?.text, `</Say><Dial>+12125550199</Dial> & "quoted" 'it' ]]> <!-- --> é 你 🎉`);
  t.throws(() => verbsOf('<Response><Say>a</Dial></Response>'), 'the check itself sees broken documents');
  t.end();
});

test('a text is cut between words so that the whole document can go by REST', t => {
  const words = 'a & b < c '.repeat(2000);
  t.ok(sayAndHangUp(words).length < 3_400);
  t.ok(
    speakable(words).endsWith('a') ||
      speakable(words).endsWith('b') ||
      speakable(words).endsWith('&') ||
      speakable(words).endsWith('<') ||
      speakable(words).endsWith('c'),
  );
  t.equal(speakable('x'.repeat(10_000)).length, 3_000);
  t.ok(sayAndHangUp('🎉'.repeat(10_000)).length < 4_000);
  verbsOf(sayAndHangUp('🎉'.repeat(10_000)));
  t.end();
});

test('writing documents does not load the whole client library', async t => {
  const { execFile } = await import('node:child_process');
  const { promisify } = await import('node:util');
  const code =
    `await import('${moduleUrl('src/telephony/twiml.ts')}'); const { createRequire } = await import('node:module');` +
    'const loaded = Object.keys(createRequire(import.meta.url).cache ?? {}); console.log(JSON.stringify(loaded));';
  const { stdout } = await promisify(execFile)(process.execPath, [...loaderFlags, '--input-type=module', '-e', code]);
  const loaded = (JSON.parse(stdout) as string[]).filter(file => file.includes('/twilio/'));
  t.ok(loaded.length > 0 && loaded.length < 10, `${loaded.length} files of it: ${loaded.join(', ')}`);
  t.notOk(loaded.some(file => file.includes('/rest/')));
});
