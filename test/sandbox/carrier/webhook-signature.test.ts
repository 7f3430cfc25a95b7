import { test } from 'tap';
import twilio from 'twilio';
import { parseConnectionOverrides } from '../../../src/sandbox/carrier/connection-overrides.ts';
import { deliveryUrl, isLoopback, parseDeliver } from '../../../src/sandbox/carrier/deliver-map.ts';
import { bodyDigest, signRequest, withoutFragment } from '../../../src/sandbox/carrier/webhook-signature.ts';

const token = '12345678901234567890abcdef123456';

test('the published vector and the worked ones come out as Twilio has them', async t => {
  t.equal(
    signRequest('12345', 'https://mycompany.com/myapp.php?foo=1&bar=2', [
      ['CallSid', 'CA1234567890ABCDE'],
      ['Caller', '+14158675309'],
      ['Digits', '1234'],
      ['From', '+14158675309'],
      ['To', '+18005551212'],
    ]),
    'RSOYDt4T1cUTdK1PDd93/VVr8B8=',
  );
  t.equal(signRequest(token, 'wss://bridge.example.com/twilio/media'), 'aSTeIZfAunmMa1rO/831OWVArBc=');
  t.equal(signRequest(token, 'wss://bridge.example.com/twilio/media/'), 'ltbfM13UO2rTI5nQUgH0W05oRd4=');
  t.equal(
    signRequest(token, 'https://bridge.example.com:8443/twilio/recording?tenant=a%20b', [
      ['RecordingSid', 'RE0123456789abcdef0123456789abcdef'],
      ['RecordingStatus', 'completed'],
      ['Digits', '2'],
      ['Digits', '1'],
      ['Digits', '2'],
      ['CallerName', "Zoë  O'Neil "],
      ['empty', ''],
    ]),
    'QfVmUf2/Z+3/HT+VR/Trs9Z/qm4=',
  );
  const url = 'https://bridge.example.com/twilio/voice/status?campaign=42&lead=7';
  const fields = {
    CallSid: 'CA0123456789abcdef0123456789abcdef',
    CallStatus: 'completed',
    CallbackSource: 'call-progress-events',
  };
  t.ok(twilio.validateRequest(token, signRequest(token, url, Object.entries(fields)), url, fields));
});

test('a JSON body is covered by its digest in the address', async t => {
  const body = '{"event":"handoff","callSid":"CA0123456789abcdef0123456789abcdef","n":1}';
  const url = `https://bridge.example.com/twilio/events?bodySHA256=${bodyDigest(body)}`;
  const signature = signRequest(token, url);
  t.equal(signature, 'Hmqt7vstpThocMavmzI4B1QGe3M=');
  t.ok(twilio.validateRequestWithBody(token, signature, url, body));
  t.notOk(twilio.validateRequestWithBody(token, signature, url, body.replace(',', ', ')));
});

test('connection overrides are read from the fragment, which is not signed', async t => {
  const url = 'https://bridge.example.com/status#rc=2&rp=ct,rt,5xx&ct=300';
  t.equal(withoutFragment(url), 'https://bridge.example.com/status');
  const { overrides, problems } = parseConnectionOverrides(url);
  t.match(overrides, { retries: 2, connectTimeoutMs: 300, readTimeoutMs: 15_000 });
  t.same([...overrides.retryOn], ['ct', 'rt', '5xx']);
  t.same(problems, []);
  t.same(
    [...parseConnectionOverrides('https://a.example.com').overrides.retryOn],
    ['ct'],
    'by default only connecting is retried',
  );
  t.equal(parseConnectionOverrides('https://a.example.com#rp=all').overrides.retryOn.size, 4);
  for (const bad of ['rc=6', 'ct=99', 'tt=15001', 'rt=x', 'rp=6xx', 'zz=1', 'sni=maybe']) {
    t.equal(parseConnectionOverrides(`https://a.example.com#${bad}`).problems.length, 1, bad);
  }
});

test('public addresses are delivered to the local ones behind them, sockets included', async t => {
  const map = {
    'https://calls.example.com/parley': 'http://127.0.0.1:8000',
    'https://a.example.com': 'http://127.0.0.1:9000/',
  };
  const cases: [string, string][] = [
    ['https://calls.example.com/parley/status?a=1', 'http://127.0.0.1:8000/status?a=1'],
    ['wss://calls.example.com/parley/media', 'ws://127.0.0.1:8000/media'],
    ['https://calls.example.com/parley2/x', 'https://calls.example.com/parley2/x'],
    ['https://a.example.com.evil.example/x', 'https://a.example.com.evil.example/x'],
    ['https://a.example.com/', 'http://127.0.0.1:9000/'],
    ['http://a.example.com/x', 'http://a.example.com/x'],
  ];
  for (const [from, to] of cases) t.equal(deliveryUrl(from, map), to, from);
  t.same(parseDeliver('https://a.example.com/=http://127.0.0.1:1/'), ['https://a.example.com', 'http://127.0.0.1:1']);
  for (const bad of ['', 'https://a.example.com', '=x', 'a=b'])
    t.throws(() => parseDeliver(bad), /expected ORIGIN=URL/);
  t.same(['ws://127.0.0.1:1/x', 'ws://localhost/x', 'ws://[::1]:2/', 'ws://127.example.com/'].map(isLoopback), [
    true,
    true,
    true,
    false,
  ]);
});
