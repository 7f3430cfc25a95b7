import t from 'tap';
import { isSignedWith, readWebhookSignature } from '../../../src/engines/elevenlabs/webhook-signature-protocol.ts';

const secret = 'test_secret';
const body = Buffer.from('{"type":"post_call_transcription"}');
const digest = 'bc6a4b41c03861621d4946075731e2c17e37dab441fb14e2fefaf10afc325d8f'; // allow-secret: a published vector
const at = 1_600_000_000;
const header = `t=${at},v0=${digest}`;
const minutes = (count: number) => (at + count * 60) * 1_000;

t.test('the published vector is believed, and nothing else', async t => {
  const read = readWebhookSignature(header, minutes(0));
  if (typeof read === 'string') return t.fail(read);
  t.ok(isSignedWith([secret], read, body));
  t.ok(isSignedWith(['another', secret], read, body), 'the secret before the current one, too');
  t.notOk(isSignedWith(['another'], read, body));
  t.notOk(isSignedWith([], read, body));
  t.notOk(isSignedWith([secret], read, Buffer.from('{"type":"post_call_transcription"} ')), 'a changed body');
  t.notOk(isSignedWith([secret], { ...read, time: String(at + 1) }, body), 'a changed time');
});

t.test('a signature is good for half an hour, and five minutes ahead', async t => {
  t.type(readWebhookSignature(header, minutes(30)), 'object');
  t.equal(readWebhookSignature(header, minutes(30) + 1), 'stale');
  t.type(readWebhookSignature(header, minutes(-5)), 'object');
  t.equal(readWebhookSignature(header, minutes(-5) - 1), 'future');
});

t.test('what is no signature is refused by what it lacks', async t => {
  t.equal(readWebhookSignature(undefined, minutes(0)), 'missing');
  t.equal(readWebhookSignature('', minutes(0)), 'missing');
  for (const wrong of [
    'hello',
    `t=${at}`,
    `v0=${digest}`,
    `t=soon,v0=${digest}`,
    `t=${at},v0=${digest.slice(1)}`,
    `t=${at},v0=${digest.toUpperCase()}`,
    `t=-1,v0=${digest}`,
    `t=${at},v1=${digest}`,
    `${header},${'x'.repeat(1_000)}`,
    [header],
  ]) {
    t.equal(readWebhookSignature(wrong, minutes(0)), 'malformed', String(wrong).slice(0, 40));
  }
  t.type(readWebhookSignature(`v0=${digest} , t=${at}`, minutes(0)), 'object', 'in any order');
});
