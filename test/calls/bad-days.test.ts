import { randomBytes } from 'node:crypto';
import { test } from 'tap';
import twilio from 'twilio';
import { nothingIsLeft, product } from './bad-day.ts';

test('a carrier that answers 429: nobody is dialled, and the call says why', async t => {
  const day = await product(t);
  day.carrier.control.addFault({ kind: 'rest-429', operation: 'create', times: 5 });
  const { status, body } = await day.api('POST', '/api/calls', { to: '+13125550142' });
  t.ok(status >= 400, `${status} ${JSON.stringify(body)}`);
  t.match(body.error, { code: String });
  const { items } = (await day.api('GET', '/api/calls')).body;
  t.equal(items.length, 1);
  t.match(items[0], { status: 'failed', outcome: 'failed', terminationReason: String });
  t.equal(day.carrier.control.calls().length, 0);
  await nothingIsLeft(t, day);
});

test('a carrier that answers 503: nobody knows whether it calls, so it is asked before anybody is called again', async t => {
  const day = await product(t);
  day.carrier.control.addFault({ kind: 'rest-503', operation: 'create', times: 5 });
  const { status, body } = await day.api('POST', '/api/calls', { to: '+13125550142' });
  t.equal(status, 202);
  day.later(60_000);
  await day.app.reconcileCalls();
  t.match(await day.until(body.call.id, call => call.outcome, 'over'), {
    status: 'failed',
    outcome: 'failed',
    terminationSource: 'system',
    terminationReason: 'never-placed',
  });
  t.equal(day.carrier.control.calls().length, 0);
  await nothingIsLeft(t, day);
});

test('a stream that cannot be opened is tried again, and then the caller hears an apology', async t => {
  const day = await product(t);
  day.carrier.control.addFault({ kind: 'stream-refused', times: 10 });
  const { id } = await day.dial('buyer');
  const over = await day.until(id, call => call.outcome, 'over');
  t.match(over, { status: 'completed', terminationSource: 'websocket', terminationReason: 'stream-lost', resumes: 3 });
  t.equal(over.outcome, 'abandoned', 'somebody answered and heard nothing of us');
  const metrics = String((await day.api('GET', '/metrics')).body);
  t.match(metrics, /^parley_carrier_documents_total\{document="stream-ended",answer="apologise"\} 1$/m);
  await nothingIsLeft(t, day);
});

test('a call for a number nobody told us about is answered with a text, written down, and over', async t => {
  const day = await product(t);
  const callSid = `CA${randomBytes(16).toString('hex')}`;
  const fields = {
    AccountSid: day.carrier.accountSid,
    CallSid: callSid,
    CallStatus: 'ringing',
    Direction: 'inbound',
    From: '+14155550123',
    To: '+12065550111',
    ApiVersion: '2010-04-01',
  };
  const post = async (path: string, form: Record<string, string>) => {
    const url = `https://calls.example.com${path}`;
    const reply = await fetch(`${day.url}${path}`, {
      method: 'POST',
      headers: {
        'content-type': 'application/x-www-form-urlencoded',
        'x-twilio-signature': twilio.getExpectedTwilioSignature(day.carrier.authToken, url, form),
      },
      body: new URLSearchParams(form),
    });
    return { status: reply.status, body: await reply.text() };
  };
  const answer = await post('/voice', fields);
  t.equal(answer.status, 200);
  t.match(answer.body, /<Say.*Northwind Dental/s);
  t.notMatch(answer.body, /<Connect/);
  t.equal((await post('/voice', fields)).status, 200, 'asked again');
  await post('/call-status-callback', { ...fields, CallStatus: 'completed', SequenceNumber: '3', CallDuration: '7' });
  const { items } = (await day.api('GET', '/api/calls')).body;
  t.equal(items.length, 1, 'one call, though it was asked twice');
  t.match(await day.until(items[0].id, call => call.outcome, 'over'), { outcome: 'no-answer', status: 'completed' });
  await nothingIsLeft(t, day);
});
