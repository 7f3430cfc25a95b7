import { test } from 'tap';
import webhooks from 'twilio/lib/webhooks/webhooks.js';
import { httpForms, isSigned, signatureOf, socketForms } from '../../src/telephony/signature.ts';

const token = '12345678901234567890abcdef123456'; // allow-secret: invented
const base64 = (...args: Parameters<typeof signatureOf>) => signatureOf(...args).toString('base64');

const status = {
  CallSid: 'CA0123456789abcdef0123456789abcdef',
  AccountSid: 'AC00000000000000000000000000000000',
  From: '+15551230002',
  To: '+15551230001',
  CallStatus: 'completed',
  CallDuration: '37',
  SequenceNumber: '3',
  CallbackSource: 'call-progress-events',
  Timestamp: 'Fri, 20 Nov 2026 17:05:09 +0000',
};
const recording = {
  RecordingSid: 'RE0123456789abcdef0123456789abcdef',
  RecordingStatus: 'completed',
  Digits: ['2', '1', '2'],
  CallerName: "Zoë  O'Neil ",
  empty: '',
};
const digest = '1655e562f761996e7084bcf84735971c83af30cffd1f886047e56c3110b6048f';

test('known signatures', t => {
  const vectors: [string, string, string, object?][] = [
    [
      'a form',
      'pbwTQAt364zjj9h6zainTFzB/B0=',
      'https://bridge.example.com/twilio/voice/status?campaign=42&lead=7',
      status,
    ],
    ['JSON', 'Hmqt7vstpThocMavmzI4B1QGe3M=', `https://bridge.example.com/twilio/events?bodySHA256=${digest}`],
    ['a socket', 'aSTeIZfAunmMa1rO/831OWVArBc=', 'wss://bridge.example.com/twilio/media'],
    ['a socket with a slash', 'ltbfM13UO2rTI5nQUgH0W05oRd4=', 'wss://bridge.example.com/twilio/media/'],
    [
      'repeated and empty values',
      'QfVmUf2/Z+3/HT+VR/Trs9Z/qm4=',
      'https://bridge.example.com:8443/twilio/recording?tenant=a%20b',
      recording,
    ],
  ];
  for (const [what, expected, address, form] of vectors) t.equal(base64(token, address, form as never), expected, what);
  const published = {
    CallSid: 'CA1234567890ABCDE',
    Caller: '+14158675309',
    From: '+14158675309',
    Digits: '1234',
    To: '+18005551212',
  };
  t.equal(base64('12345', 'https://mycompany.com/myapp.php?foo=1&bar=2', published), 'RSOYDt4T1cUTdK1PDd93/VVr8B8=');
  t.end();
});

test('the official validator agrees on forms, sockets, ports and odd characters', t => {
  const forms = [{}, status, recording, { ключ: 'значение', '🎉': 'a', '\uff5a': 'b', Z: '1', a: '2', _: '3' }];
  const addresses = [
    'https://calls.example.com/voice',
    'https://calls.example.com:8443/parley/voice?attempt=65&x=a%20b+c',
    'wss://calls.example.com/media-stream',
    'http://127.0.0.1:8000/voice',
  ];
  for (const form of forms) {
    for (const address of addresses) {
      const signature = base64(token, address, form);
      t.ok(webhooks.validateRequest(token, signature, address, form), `${address} with ${Object.keys(form).join()}`);
      t.notOk(webhooks.validateRequest('another', signature, address, form));
    }
  }
  t.end();
});

test('an address is accepted with its port said or unsaid, and a socket with or without closing slash', t => {
  const signed = (address: string, by: string[]) =>
    isSigned({ signature: base64(token, address), addresses: by }, [token]);
  const http = httpForms('https://calls.example.com/voice?a=1#rc=2');
  t.same(http, ['https://calls.example.com/voice?a=1', 'https://calls.example.com:443/voice?a=1']);
  t.same(httpForms('http://127.0.0.1:80/voice')[1], 'http://127.0.0.1/voice');
  const socket = socketForms('wss://calls.example.com/media-stream?token=1');
  for (const address of [
    'wss://calls.example.com/media-stream',
    'wss://calls.example.com/media-stream/',
    'wss://calls.example.com:443/media-stream',
    'wss://calls.example.com:80/media-stream',
    'https://calls.example.com/media-stream',
  ])
    t.ok(signed(address, socket), address);
  t.ok(signed('wss://calls.example.com:8443/media-stream', socketForms('wss://calls.example.com:8443/media-stream/')));
  t.notOk(signed('wss://calls.example.com/media', socket));
  t.notOk(signed('wss://evil.example.com/media-stream', socket));
  t.notOk(signed('wss://calls.example.com/voice?a=1', http), 'a socket’s signature does not open a callback');
  t.end();
});

test('the token before the current one still signs, a stranger’s does not, and what is no signature is none', t => {
  const addresses = ['https://calls.example.com/voice'];
  const by = (secret: string) =>
    isSigned({ signature: base64(secret, addresses[0]!), addresses }, [token, 'the one before']);
  t.ok(by(token));
  t.ok(by('the one before'));
  t.notOk(by('a stranger'));
  const good = base64(token, addresses[0]!);
  for (const signature of [
    '',
    'x',
    good.slice(1),
    `${good}=`,
    ` ${good}`,
    good.toLowerCase(),
    '='.repeat(28),
    'A'.repeat(10_000),
  ])
    t.notOk(isSigned({ signature, addresses }, [token]), signature.slice(0, 40));
  t.end();
});
