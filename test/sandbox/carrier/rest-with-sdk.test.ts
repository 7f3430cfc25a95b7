import { test } from 'tap';
import twilio from 'twilio';
import { defaultAccount } from '../../../src/sandbox/carrier/carrier-twin.ts';
import { startTestCarrier, type TestCarrier } from '../../helpers/carrier.ts';
import { startTrivialProduct } from '../../helpers/trivial-product.ts';

delete process.env['TWILIO_REGION'];
delete process.env['TWILIO_EDGE'];

const { accountSid, authToken, phoneNumber } = defaultAccount;
const callee = '+13125550142';

/** Twilio's own client with nothing changed but the address. */
function clientFor(carrier: TestCarrier, token = authToken) {
  const client = twilio(accountSid, token, { autoRetry: false, timeout: 5_000 });
  client.api.baseUrl = carrier.baseUrl;
  return client;
}

test('a call is created, fetched, listed, ended and deleted by the official client', async t => {
  const product = await startTrivialProduct(t, authToken);
  const carrier = await startTestCarrier(t, { deliver: { [product.publicOrigin]: product.localOrigin } });
  const client = clientFor(carrier);
  product.answers['/twiml'] = { body: '<Response><Pause length="600"/></Response>' };

  const created = await client.calls.create({
    to: callee,
    from: phoneNumber,
    url: `${product.publicOrigin}/twiml?attempt=7`,
    statusCallback: `${product.publicOrigin}/status?attempt=7`,
    statusCallbackEvent: ['initiated', 'ringing', 'answered', 'completed'],
  });
  t.match(created.sid, /^CA[0-9a-f]{32}$/);
  t.match(created, { status: 'queued', direction: 'outbound-api', to: callee, duration: null, price: null });
  t.equal(created.dateCreated, null, 'a fresh call is not dated yet');

  await carrier.control.reached(created.sid, 'in-progress');
  const fetched = await client.calls(created.sid).fetch();
  t.match(fetched, { status: 'in-progress', fromFormatted: '(212) 555-0100', phoneNumberSid: /^PN/ });
  t.ok(fetched.startTime instanceof Date);

  const ended = await client.calls(created.sid).update({ status: 'completed' });
  t.equal(ended.status, 'completed');
  await t.rejects(client.calls(created.sid).update({ status: 'completed' }), { code: 21220, status: 400 });
  const found = await client.calls.list({ to: callee, status: 'completed' });
  t.same(
    found.map(call => call.sid),
    [created.sid],
  );
  t.same(await client.calls.list({ to: '+13125550143' }), []);

  await carrier.control.idle();
  const status = product.hooks.filter(hook => hook.path === '/status');
  t.same(status.map(hook => [hook.fields['SequenceNumber'], hook.fields['CallStatus']]).sort(), [
    ['0', 'initiated'],
    ['1', 'ringing'],
    ['2', 'in-progress'],
    ['3', 'completed'],
  ]);
  t.ok(
    product.hooks.every(hook => hook.signed),
    "every request passes the SDK's own validator",
  );
  t.equal(product.hooks.find(hook => hook.path === '/twiml')?.url, `${product.publicOrigin}/twiml?attempt=7`);
  t.match(status.at(-1), {
    headers: { 'i-twilio-idempotency-token': /\w+/, host: 'calls.example.com' },
    fields: { CallbackSource: 'call-progress-events', Timestamp: /^\w{3}, \d{2} \w{3} \d{4} [\d:]{8} \+0000$/ },
  });
  t.equal(new Set(status.map(hook => hook.headers['i-twilio-idempotency-token'])).size, 4);

  t.equal(await client.calls(created.sid).remove(), true);
  await t.rejects(client.calls(created.sid).fetch(), { status: 404, code: 20404 });
});

test('only the final event is told unless others were asked for', async t => {
  const product = await startTrivialProduct(t, authToken);
  const carrier = await startTestCarrier(t, { deliver: { [product.publicOrigin]: product.localOrigin } });
  const call = await clientFor(carrier).calls.create({
    to: callee,
    from: phoneNumber,
    twiml: '<Response><Hangup/></Response>',
    statusCallback: `${product.publicOrigin}/status`,
  });
  const { fields } = await product.hook('/status');
  t.match(fields, {
    CallSid: call.sid,
    CallStatus: 'completed',
    SequenceNumber: '0',
    SipResponseCode: '200',
    CallDuration: /^\d+$/,
  });
  await carrier.control.idle();
  t.equal(product.hooks.length, 1);
});

test('lists are filtered by time and followed from page to page', async t => {
  const carrier = await startTestCarrier(t);
  const client = clientFor(carrier);
  const sids: string[] = [];
  for (let index = 10; index < 17; index += 1) {
    const call = await client.calls.create({ to: `+141555501${index}`, from: phoneNumber, twiml: '<Response/>' });
    sids.unshift(call.sid);
  }
  t.same(
    (await client.calls.list({ pageSize: 3 })).map(call => call.sid),
    sids,
    'newest first, over three pages',
  );
  const page = await client.calls.page({ pageSize: 3 });
  t.ok(page.nextPageUrl);
  await carrier.control.idle();
  const yesterday = new Date(Date.now() - 86_400_000);
  t.equal((await client.calls.list({ startTimeAfter: yesterday })).length, 7);
  t.same(await client.calls.list({ startTimeBefore: yesterday }), []);
  t.same(await client.calls.list({ parentCallSid: sids[0]! }), []);
});

test('a running call is redirected, and a ringing one is canceled', async t => {
  const product = await startTrivialProduct(t, authToken);
  const carrier = await startTestCarrier(t, { deliver: { [product.publicOrigin]: product.localOrigin } });
  const client = clientFor(carrier);
  product.answers['/second'] = { body: '<Response><Pause length="600"/></Response>' };
  const call = await client.calls.create({
    to: callee,
    from: phoneNumber,
    twiml: '<Response><Pause length="600"/></Response>',
  });
  await t.rejects(client.calls(call.sid).update({ twiml: '<Response/>' }), { code: 21220 }, 'not before the answer');
  await carrier.control.reached(call.sid, 'in-progress');
  await client.calls(call.sid).update({ url: `${product.publicOrigin}/second` });
  t.match(await product.hook('/second'), { fields: { CallSid: call.sid, CallStatus: 'in-progress' } });
  await t.rejects(client.calls(call.sid).update({ status: 'canceled' }), { code: 21220 });
  await client.calls(call.sid).update({ twiml: '<Response><Hangup/></Response>' });
  await carrier.control.reached(call.sid, 'completed');

  const ringing = await client.calls.create({ to: callee, from: phoneNumber, twiml: '<Response/>' });
  await carrier.control.reached(ringing.sid, 'ringing');
  t.equal((await client.calls(ringing.sid).update({ status: 'canceled' })).status, 'canceled');
});

test('a call is recorded, and the recording listed, downloaded and deleted', async t => {
  const product = await startTrivialProduct(t, authToken);
  const carrier = await startTestCarrier(t, { deliver: { [product.publicOrigin]: product.localOrigin } });
  const client = clientFor(carrier);
  const call = await client.calls.create({
    to: callee,
    from: phoneNumber,
    twiml: '<Response><Pause length="600"/></Response>',
  });
  await t.rejects(client.calls(call.sid).recordings.create(), { code: 21220 }, 'not while it rings');
  await carrier.control.reached(call.sid, 'in-progress');
  const recording = await client.calls(call.sid).recordings.create({
    recordingChannels: 'dual',
    recordingStatusCallback: `${product.publicOrigin}/recording`,
    recordingStatusCallbackEvent: ['in-progress', 'completed'],
  });
  t.match(recording, { status: 'in-progress', channels: 2, source: 'StartCallRecordingAPI', track: 'both' });
  await product.hook('/recording', hook => hook.fields['RecordingStatus'] === 'in-progress');
  await client.calls(call.sid).update({ status: 'completed' });
  const { fields, signed } = await product.hook('/recording', hook => hook.fields['RecordingStatus'] === 'completed');
  t.ok(signed);
  t.match(fields, {
    CallSid: call.sid,
    RecordingSid: recording.sid,
    RecordingChannels: '2',
    RecordingDuration: /^\d+$/,
  });

  t.equal((await client.recordings.list({ callSid: call.sid })).length, 1);
  const completed = await client.recordings(recording.sid).fetch();
  t.match(completed, { status: 'completed', duration: /^\d+$/, mediaUrl: fields['RecordingUrl'] });
  const authorization = `Basic ${Buffer.from(`${accountSid}:${authToken}`).toString('base64')}`;
  const media = await fetch(fields['RecordingUrl']!, { headers: { authorization } });
  t.equal(media.headers.get('content-type'), 'audio/x-wav');
  const wav = Buffer.from(await media.arrayBuffer());
  t.match(
    { head: wav.toString('latin1', 0, 4), channels: wav.readUInt16LE(22), rate: wav.readUInt32LE(24) },
    { head: 'RIFF', channels: 2, rate: 8_000 },
  );
  t.equal((await fetch(fields['RecordingUrl']!)).status, 401, 'media needs the credentials too');
  t.equal((await fetch(`${fields['RecordingUrl']}.mp3`, { headers: { authorization } })).status, 400);

  t.equal(await client.recordings(recording.sid).remove(), true);
  t.equal((await fetch(fields['RecordingUrl']!, { headers: { authorization } })).status, 404);
  t.equal((await client.recordings(recording.sid).fetch()).status, 'deleted');
  t.same(await client.recordings.list(), []);
  t.equal((await client.recordings.list({ includeSoftDeleted: true })).length, 1);
});

test('account, balance, numbers and caller ids serve the set-up', async t => {
  const scenario = `
name: numbers
numbers: [{ number: "+16175550177", label: Second }]
people: [{ id: listener, name: A listener, answer: human }]
`;
  const carrier = await startTestCarrier(t, { scenario });
  const client = clientFor(carrier);
  t.match(await client.api.v2010.accounts(accountSid).fetch(), { status: 'active', type: 'Full' });
  t.match(await client.balance.fetch(), { accountSid, currency: 'USD', balance: /^\d+\.\d\d$/ });
  const numbers = await client.incomingPhoneNumbers.list();
  t.same(
    numbers.map(number => number.phoneNumber),
    [phoneNumber, '+16175550177'],
  );
  const [found] = await client.incomingPhoneNumbers.list({ phoneNumber: '+16175550177' });
  const updated = await client.incomingPhoneNumbers(found!.sid).update({
    voiceUrl: 'https://calls.example.com/voice',
    voiceFallbackUrl: 'https://calls.example.com/fallback',
    statusCallback: 'https://calls.example.com/status',
  });
  t.match(updated, { voiceUrl: 'https://calls.example.com/voice', voiceMethod: 'POST' });
  t.match(await client.incomingPhoneNumbers(found!.sid).fetch(), {
    statusCallback: 'https://calls.example.com/status',
  });
  t.equal((await client.outgoingCallerIds.list()).length, 2);
});

test('wrong credentials, other accounts and unknown paths are refused in the form of the API', async t => {
  const carrier = await startTestCarrier(t);
  await t.rejects(clientFor(carrier, 'f'.repeat(32)).calls.list(), { status: 401, code: 20003 });
  const authorization = `Basic ${Buffer.from(`${accountSid}:${authToken}`).toString('base64')}`;
  const other = await fetch(`${carrier.baseUrl}/2010-04-01/Accounts/AC${'0'.repeat(32)}/Calls.json`, {
    headers: { authorization },
  });
  t.equal(other.status, 404);
  t.same(Object.keys((await other.json()) as object).sort(), ['code', 'message', 'more_info', 'status']);
});

test('calls wait in the queue at the rate of the account', async t => {
  const carrier = await startTestCarrier(t, { callsPerSecond: 2 });
  const client = clientFor(carrier);
  const waits: number[] = [];
  for (let index = 0; index < 4; index += 1) {
    waits.push(Number((await client.calls.create({ to: callee, from: phoneNumber, twiml: '<Response/>' })).queueTime));
  }
  t.equal(waits[0], 0);
  t.ok(waits[3]! > 300 && waits[3]! <= 1_500, `the fourth waits up to 1.5 s, not ${waits[3]} ms`);
  const last = await client.calls.list({ limit: 1 });
  const canceled = await client.calls(last[0]!.sid).update({ status: 'canceled' });
  t.equal(canceled.status, 'canceled');
  await carrier.control.idle();
});
