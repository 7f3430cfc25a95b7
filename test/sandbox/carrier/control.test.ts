import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { promisify } from 'node:util';
import { test } from 'tap';
import { tone } from '../../../src/sandbox/audio/audio-frame.ts';
import type { LinePartyActions } from '../../../src/sandbox/carrier/person-on-line.ts';
import { startCarrierWithProduct } from '../../helpers/carrier-client.ts';
import { program } from '../../helpers/program.ts';
import type { AnyJson } from '../../helpers/trivial-product.ts';

test('the network is steered over HTTP with the credentials of the account', async t => {
  const { product, carrier, client, call, origin } = await startCarrierWithProduct(t);
  const authorization = `Basic ${Buffer.from(`${carrier.accountSid}:${carrier.authToken}`).toString('base64')}`;
  const twin = async (method: string, path: string, body?: object) => {
    const reply = await fetch(`${carrier.baseUrl}/twin/${path}`, {
      method,
      headers: { authorization },
      ...(body ? { body: JSON.stringify(body) } : {}),
    });
    return { status: reply.status, body: (await reply.json()) as AnyJson };
  };
  t.equal((await fetch(`${carrier.baseUrl}/twin/calls`)).status, 401);
  t.match((await twin('GET', 'people')).body, { items: [{ id: 'listener', answer: 'human' }] });

  const [number] = await client.incomingPhoneNumbers.list();
  await client.incomingPhoneNumbers(number!.sid).update({ voiceUrl: `${origin}/voice` });
  product.answers['/voice'] = { body: '<Response><Gather numDigits="1" action="/digits" timeout="60"/></Response>' };
  const incoming = (await twin('POST', 'calls', { from: '+13125550199', personId: 'listener' })).body;
  await carrier.control.reached(incoming['sid'], 'in-progress');
  await twin('POST', `calls/${incoming['sid']}/press`, { digits: '5' });
  t.match((await product.hook('/digits')).fields, { Digits: '5' });
  t.match((await twin('GET', `calls/${incoming['sid']}`)).body, { direction: 'inbound', person: 'listener' });
  await carrier.control.idle();

  const outgoing = await call({ twiml: '<Response><Pause length="600"/></Response>' });
  await carrier.control.reached(outgoing.sid, 'in-progress');
  t.equal((await twin('POST', `calls/${outgoing.sid}/hang-up`)).status, 200);
  await carrier.control.reached(outgoing.sid, 'completed');

  t.match(await twin('POST', 'faults', { kind: 'callback-late' }), {
    status: 400,
    body: { error: 'callback-late needs delayMs' },
  });
  t.match(await twin('POST', 'faults', { kind: 'earthquake' }), { status: 400, body: { error: /^kind / } });
  await twin('POST', 'faults', { kind: 'rest-429', times: 2 });
  t.same((await twin('GET', 'faults')).body['items'], [{ kind: 'rest-429', times: 2 }]);
  await twin('DELETE', 'faults');
  t.same((await twin('GET', 'faults')).body['items'], []);
  t.match(await twin('POST', 'people/next', { personId: 'nobody' }), {
    status: 400,
    body: { error: /nobody has the id nobody/ },
  });
  t.match((await twin('GET', 'violations')).body, { items: [] });
  await carrier.control.idle();
});

test('a handset takes a call: what it speaks reaches the product, what the product plays reaches it', async t => {
  const { product, carrier, call, origin } = await startCarrierWithProduct(t);
  product.answers['/twiml'] = { body: '<Response><Connect><Stream url="/media"/></Connect></Response>' };
  const voice = tone(400, 20, 'speech')[0]!.bytes;
  const reply = tone(700, 20, 'speech')[0]!.bytes;
  let actions: LinePartyActions | undefined;
  let heardReply = () => {};
  const heard = new Promise<void>(resolve => {
    heardReply = resolve;
  });
  carrier.control.answerNextAt(
    {
      read: () => voice,
      write: audio => {
        if (audio.equals(reply)) heardReply();
      },
      answered: given => {
        actions = given;
      },
    },
    'A browser',
  );
  const { sid } = await call({ url: `${origin}/twiml` });
  const stream = await product.stream();
  const { streamSid } = await stream.message(message => message['event'] === 'start');
  await stream.message(message => message['media']?.payload === voice.toString('base64'));
  stream.send({ event: 'media', streamSid, media: { payload: reply.toString('base64') } });
  await heard;
  actions!.press('7');
  t.match(await stream.message(message => message['event'] === 'dtmf'), { dtmf: { digit: '7' } });
  actions!.hangUp();
  await carrier.control.reached(sid, 'completed');
  stream.socket.close();
  await carrier.control.idle();
});

const entry = 'src/sandbox/carrier/cli.ts';

test('the twin starts alone, says how to reach it, and ends on a signal', async t => {
  const child = spawn(
    process.execPath,
    program(entry, '--port', '0', '--deliver', 'https://calls.example.com=http://127.0.0.1:9'),
    {
      env: { ...process.env, TWILIO_ACCOUNT_SID: `AC${'c'.repeat(32)}`, TWILIO_AUTH_TOKEN: 'd'.repeat(32) },
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  );
  let printed = '';
  while (!printed.includes('number')) printed += String((await once(child.stdout, 'data'))[0]);
  t.notMatch(printed, 'd'.repeat(32), 'a token of the user is not printed');
  const address = /http:\/\/\S+/.exec(printed)![0];
  const authorization = `Basic ${Buffer.from(`AC${'c'.repeat(32)}:${'d'.repeat(32)}`).toString('base64')}`;
  t.equal(
    (await fetch(`${address}/2010-04-01/Accounts/AC${'c'.repeat(32)}/Balance.json`, { headers: { authorization } }))
      .status,
    200,
  );
  child.kill('SIGTERM');
  t.same(await once(child, 'exit'), [0, null]);
});

test('wrong arguments are named with what was expected', async t => {
  const wrong = promisify(execFile)(process.execPath, program(entry, '--deliver', 'nowhere'));
  await t.rejects(wrong, { code: 1, stderr: /--deliver nowhere: expected ORIGIN=URL/ });
});
