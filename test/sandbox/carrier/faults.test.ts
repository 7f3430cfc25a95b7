import { test } from 'tap';
import twilio from 'twilio';
import { startTestCarrier } from '../../helpers/carrier.ts';
import { callee, startCarrierWithProduct } from '../../helpers/carrier-client.ts';
import { startTrivialProduct } from '../../helpers/trivial-product.ts';

const waiting = '<Response><Pause length="600"/></Response>';
const streaming = '<Response><Connect><Stream url="wss://calls.example.com/media"/></Connect></Response>';
const serverError = { status: 500, code: undefined };
const allEvents = ['initiated', 'ringing', 'answered', 'completed'];

test('callbacks come late, twice, out of order, or never', async t => {
  const { product, carrier, call, origin } = await startCarrierWithProduct(t);
  carrier.control.addFault({ kind: 'callback-lost', event: 'initiated' });
  carrier.control.addFault({ kind: 'callback-reordered', event: 'ringing', delayMs: 60_000 });
  carrier.control.addFault({ kind: 'callback-doubled', event: 'completed' });
  const { sid } = await call({ twiml: waiting, statusCallback: `${origin}/status`, statusCallbackEvent: allEvents });
  await product.hook('/status', hook => hook.fields['CallStatus'] === 'in-progress');
  carrier.control.hangUp(sid);
  await carrier.control.idle();
  const status = product.hooks.filter(hook => hook.path === '/status');
  t.same(
    status.map(hook => [hook.fields['CallStatus'], hook.fields['SequenceNumber']]),
    [
      ['in-progress', '2'],
      ['ringing', '1'],
      ['completed', '3'],
      ['completed', '3'],
    ],
  );
  const tokens = status.map(hook => hook.headers['i-twilio-idempotency-token']);
  t.equal(tokens[2], tokens[3], 'one token for both deliveries of the same event');

  carrier.control.addFault({ kind: 'callback-late', delayMs: 30_000, purpose: 'status' });
  const late = await call({ twiml: '<Response/>', statusCallback: `${origin}/late` });
  await carrier.control.reached(late.sid, 'completed');
  t.notOk(
    product.hooks.some(hook => hook.path === '/late'),
    'not yet',
  );
  t.match(await product.hook('/late'), { fields: { CallStatus: 'completed' }, signed: true });
});

test('an answer of 5xx is tried again only when the address asks for it', async t => {
  const { product, carrier, call, origin } = await startCarrierWithProduct(t);
  product.answers['/broken'] = { status: 503 };
  await call({ twiml: '<Response/>', statusCallback: `${origin}/broken` });
  await carrier.control.idle();
  t.equal(product.hooks.length, 1, 'by default a refused callback is gone');
  t.match(
    carrier.control.debugger.map(entry => entry.code),
    [11200, 15003],
  );

  await call({ twiml: '<Response/>', statusCallback: `${origin}/broken?again=1#rc=3&rp=5xx` });
  await carrier.control.idle();
  const again = product.hooks.filter(hook => hook.url.endsWith('/broken?again=1'));
  t.equal(again.length, 4);
  t.equal(new Set(again.map(hook => hook.headers['i-twilio-idempotency-token'])).size, 1);
  t.ok(
    again.every(hook => hook.signed),
    'the fragment is not part of what is signed',
  );

  carrier.control.addFault({ kind: 'callback-answered-5xx', purpose: 'status', times: 1 });
  await call({ twiml: '<Response/>', statusCallback: `${origin}/fine#rc=1&rp=5xx` });
  await carrier.control.idle();
  const fine = product.hooks.filter(hook => hook.path === '/fine');
  t.equal(fine.length, 2, 'the first delivery arrived too, only its answer was lost');
  t.equal(fine[0]?.headers['i-twilio-idempotency-token'], fine[1]?.headers['i-twilio-idempotency-token']);
});

test('TwiML that cannot be had is asked for at the fallback address, with the reason', async t => {
  const { product, carrier, call, origin } = await startCarrierWithProduct(t);
  product.answers['/broken'] = { status: 500 };
  product.answers['/fallback'] = { body: '<Response><Hangup/></Response>' };
  const { sid } = await call({ url: `${origin}/broken`, fallbackUrl: `${origin}/fallback` });
  t.match(await product.hook('/fallback'), {
    fields: { ErrorCode: '11200', ErrorUrl: `${origin}/broken`, CallSid: sid, CallStatus: 'in-progress' },
  });
  await carrier.control.reached(sid, 'completed');

  product.answers['/slow'] = { silent: true };
  await call({ url: `${origin}/slow#rt=150&rc=0`, fallbackUrl: `${origin}/fallback?after=slow` });
  t.match(await product.hook('/fallback', hook => hook.url.endsWith('slow')), { fields: { ErrorCode: '11200' } });

  const refused = await call({ url: 'http://127.0.0.1:9/twiml', fallbackUrl: `${origin}/fallback?after=refused` });
  t.match(await product.hook('/fallback', hook => hook.url.endsWith('refused')), { fields: { ErrorCode: '11205' } });
  await carrier.control.reached(refused.sid, 'completed');

  product.answers['/moved'] = { status: 307, location: `${origin}/fallback?after=moved` };
  await call({ url: `${origin}/moved` });
  t.ok(
    (await product.hook('/fallback', hook => hook.url.endsWith('moved'))).signed,
    'a redirect is followed and signed anew',
  );
  await carrier.control.idle();
});

test('TwiML that could not be asked for is asked for once more, and then no more', async t => {
  const product = await startTrivialProduct(t, '7b'.repeat(16));
  let attempts = 0;
  let refusals = 1;
  const carrier = await startTestCarrier(t, {
    deliver: () => {
      attempts += 1;
      return { [product.publicOrigin]: attempts > refusals ? product.localOrigin : 'http://127.0.0.1:9' };
    },
  });
  const client = twilio(carrier.accountSid, carrier.authToken);
  client.api.baseUrl = carrier.baseUrl;
  const call = () =>
    client.calls.create({ to: callee, from: carrier.phoneNumber, url: `${product.publicOrigin}/twiml` });
  product.answers['/twiml'] = { body: '<Response><Hangup/></Response>' };
  const { sid } = await call();
  t.ok((await product.hook('/twiml')).signed, 'the second attempt arrived');
  await carrier.control.reached(sid, 'completed');
  t.same([attempts, product.hooks.length], [2, 1]);
  t.same(carrier.control.debugger, [], 'nobody need know');

  attempts = 0;
  refusals = 100;
  await carrier.control.reached((await call()).sid, 'completed');
  t.equal(attempts, 2);
  t.match(carrier.control.debugger, [{ code: 11205 }]);
});

test('streams are refused, cut, half-open and slow', async t => {
  const { product, carrier, call, origin } = await startCarrierWithProduct(t);
  product.answers['/twiml'] = { body: streaming.replace('/media"', `/media" statusCallback="${origin}/stream"`) };
  carrier.control.addFault({ kind: 'stream-refused', to: callee });
  await call({ url: `${origin}/twiml` });
  t.match((await product.hook('/stream')).fields, { StreamEvent: 'stream-error', StreamError: /31902/ });

  carrier.control.addFault({ kind: 'stream-cut', afterMs: 1_000 });
  const cut = await call({ url: `${origin}/twiml` });
  const stream = await product.stream();
  await stream.closed;
  t.notOk(
    stream.messages.some(message => message['event'] === 'stop'),
    'no word of goodbye',
  );
  await carrier.control.reached(cut.sid, 'completed');

  carrier.control.addFault({ kind: 'stream-half-open', afterMs: 1_000 });
  const half = await call({ url: `${origin}/twiml` });
  const dead = await product.stream();
  await dead.message(message => message['event'] === 'media');
  carrier.control.answerNext('listener');
  const alive = await call({ url: `${origin}/twiml` });
  const other = await product.stream();
  await other.message(message => message['media']?.chunk === '150');
  t.ok(dead.messages.length < 100, 'nothing came for the last two seconds');
  t.equal(dead.socket.readyState, dead.socket.OPEN);
  for (const { sid } of [half, alive]) carrier.control.hangUp(sid);
  await carrier.control.idle();
});

test('a refused upgrade is an error of the stream, and the document goes on', async t => {
  const { product, carrier, call, origin } = await startCarrierWithProduct(t);
  product.answers['/twiml'] = {
    body: `<Response><Connect><Stream url="ws://127.0.0.1:9/media"/></Connect><Redirect>${origin}/next</Redirect></Response>`,
  };
  await call({ url: `${origin}/twiml` });
  t.match(await product.hook('/next'), { fields: { CallStatus: 'in-progress' } });
  t.match(carrier.control.debugger[0], { code: 31902 });
  await carrier.control.idle();
});

test('audio has gaps and stalls, and what was held back comes in order', async t => {
  const { product, carrier, call, origin } = await startCarrierWithProduct(t);
  product.answers['/twiml'] = { body: streaming };
  carrier.control.addFault({ kind: 'media-gap', afterMs: 500, forMs: 1_000 });
  carrier.control.addFault({ kind: 'media-stall', afterMs: 2_500, forMs: 1_000 });
  carrier.control.addFault({ kind: 'media-jitter', upToMs: 200 });
  const { sid } = await call({ url: `${origin}/twiml` });
  const stream = await product.stream();
  await stream.message(message => message['media']?.chunk === '200');
  carrier.control.hangUp(sid);
  await stream.message(message => message['event'] === 'stop');
  const media = stream.messages.filter(message => message['event'] === 'media').map(message => message['media']);
  const steps = media.slice(1).map((each, at) => Number(each.timestamp) - Number(media[at]!.timestamp));
  t.ok(
    steps.every(step => step > 0),
    'time never runs backwards',
  );
  t.ok(
    steps.some(step => step >= 800),
    'the gap is seen in the timestamps',
  );
  t.same(
    media.map(each => each.chunk),
    media.map((_, at) => String(at + 1)),
  );
  stream.socket.close();
  await carrier.control.idle();
});

test('the REST API times out, throttles and fails, before and after it placed the call', async t => {
  const { carrier, client, call } = await startCarrierWithProduct(t);
  carrier.control.addFault({ kind: 'rest-429', operation: 'create' });
  await t.rejects(call({ twiml: '<Response/>' }), { status: 429, code: 20429 });
  carrier.control.addFault({ kind: 'rest-503', operation: 'list' });
  await t.rejects(client.calls.list(), { status: 503, code: 20503 });
  carrier.control.addFault({ kind: 'rest-500', afterPlacing: false });
  await t.rejects(call({ twiml: '<Response/>' }), serverError);
  t.equal(carrier.control.calls().length, 0);

  carrier.control.addFault({ kind: 'rest-500', afterPlacing: true });
  await t.rejects(call({ twiml: waiting }), serverError);
  const [placed] = await client.calls.list({ to: callee });
  t.ok(placed, 'the call was placed all the same, and the list tells it');

  const impatient = twilio(carrier.accountSid, carrier.authToken, { timeout: 100 });
  impatient.api.baseUrl = carrier.baseUrl;
  carrier.control.addFault({ kind: 'rest-timeout', afterPlacing: true });
  await t.rejects(impatient.calls.create({ to: '+13125550143', from: carrier.phoneNumber, twiml: waiting }), {
    code: 'ECONNABORTED',
  });
  t.equal((await client.calls.list({ to: '+13125550143' })).length, 1);

  carrier.control.addFault({ kind: 'update-not-found' });
  await t.rejects(client.calls(placed!.sid).update({ status: 'completed' }), { status: 404, code: 20404 });
  t.same(carrier.control.faults(), []);
});
