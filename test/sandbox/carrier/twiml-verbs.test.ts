import { test } from 'tap';
import { startCarrierWithProduct } from '../../helpers/carrier-client.ts';

const scenario = `
name: verbs
numbers: [{ number: "+16175550110", label: Front desk }]
people:
  - { id: listener, name: A listener, answer: human, rings: 1, greets: hello }
  - id: keys
    name: Somebody who presses keys
    answer: human
    rings: 1
    script: [{ presses: "42#", afterSeconds: 2 }]
  - id: speaker
    name: Somebody who answers in words
    answer: human
    rings: 1
    script: [{ says: yes please, afterSeconds: 2 }]
  - id: colleague
    name: A colleague
    number: "+13125550177"
    answer: human
    rings: 3
    greets: hello
    script: [{ says: goodbye, afterSeconds: 4 }, { hangsUp: true }]
  - { id: engaged, name: Engaged, number: "+13125550188", answer: busy, rings: 1 }
  - id: screened
    name: Behind a screening service
    answer: screening
    rings: 1
    announcement: you have reached a machine, leave a message
    script: [{ hangsUp: true, afterSeconds: 1 }]
  - { id: fax, name: A fax, answer: fax, rings: 1 }
  - { id: nobody, name: Nobody, answer: no-answer }
  - { id: gone, name: A dead number, answer: invalid }
  - { id: declines, name: Declines, answer: rejected, rings: 1 }
weights: { listener: 1 }
`;

test('keys and words are gathered and sent to the action', async t => {
  const { product, carrier, call, origin } = await startCarrierWithProduct(t, { scenario });
  const gather = (input: string) =>
    `<Response><Gather input="${input}" action="/gathered" timeout="10"><Say>Press a key</Say></Gather><Redirect>/nothing</Redirect></Response>`;
  product.answers['/keys'] = { body: gather('dtmf') };
  product.answers['/speech'] = { body: gather('dtmf speech') };
  carrier.control.answerNext('keys');
  await call({ url: `${origin}/keys` });
  t.match((await product.hook('/gathered')).fields, { Digits: '42' });
  product.hooks.length = 0;
  carrier.control.answerNext('speaker');
  await call({ url: `${origin}/speech` });
  t.match((await product.hook('/gathered')).fields, { SpeechResult: 'yes please', Confidence: '0.9' });
  await call({ url: `${origin}/keys` });
  t.ok(await product.hook('/nothing'), 'without any input the document goes on');
  await carrier.control.idle();
});

test('Dial joins two people, and its action tells how it went', async t => {
  const { product, carrier, client, call, origin } = await startCarrierWithProduct(t, { scenario });
  product.answers['/twiml'] = {
    body: `<Response><Dial action="/dialled" callerId="+16175550110"><Number statusCallback="${origin}/leg" statusCallbackEvent="answered completed">+13125550177</Number></Dial></Response>`,
  };
  const parent = await call({ url: `${origin}/twiml` });
  const { fields } = await product.hook('/dialled');
  t.match(fields, { DialCallStatus: 'completed', DialBridged: 'true', DialCallDuration: /^\d+$/ });
  const [child] = await client.calls.list({ parentCallSid: parent.sid });
  t.match(child, { sid: fields['DialCallSid'], direction: 'outbound-dial', to: '+13125550177', from: '+16175550110' });
  t.same(
    carrier.control.call(parent.sid)!.heard.map(each => [each.clipId, each.complete]),
    [
      ['hello', true],
      ['goodbye', true],
    ],
  );
  await carrier.control.idle();
  t.same(
    product.hooks.filter(hook => hook.path === '/leg').map(hook => hook.fields['CallStatus']),
    ['in-progress', 'completed'],
  );

  product.hooks.length = 0;
  product.answers['/twiml'] = { body: '<Response><Dial action="/dialled">+13125550188</Dial></Response>' };
  await call({ url: `${origin}/twiml` });
  t.match((await product.hook('/dialled')).fields, { DialCallStatus: 'busy', DialBridged: 'false' });
  await carrier.control.idle();
});

test('Enqueue waits and reports; ConversationRelay is checked and ends with a note', async t => {
  const { product, carrier, call, origin } = await startCarrierWithProduct(t, { scenario });
  product.answers['/queue'] = { body: '<Response><Enqueue action="/queued">support</Enqueue></Response>' };
  await call({ url: `${origin}/queue` });
  t.match((await product.hook('/queued')).fields, { QueueResult: 'bridged', QueueTime: /^\d+$/ });
  product.answers['/relay'] = {
    body: '<Response><Connect action="/relay-ended"><ConversationRelay url="wss://calls.example.com/relay"/></Connect></Response>',
  };
  const { sid } = await call({ url: `${origin}/relay` });
  t.match((await product.hook('/relay-ended')).fields, {
    SessionStatus: 'failed',
    ErrorCode: '64102',
    SessionId: /^VX/,
  });
  await carrier.control.idle();
  t.match(carrier.control.call(sid)!.notes[0], /ConversationRelay was checked/);
});

test('a sentence with a clip is heard as that clip, one without takes its time', async t => {
  const { carrier, call } = await startCarrierWithProduct(t, { scenario });
  const { sid } = await call({
    twiml: '<Response><Say>goodbye</Say><Say>No clip says this</Say><Pause length="1"/></Response>',
  });
  await carrier.control.reached(sid, 'completed');
  const { heard, answeredAt, endedAt } = carrier.control.call(sid)!;
  t.match(heard, [{ clipId: 'goodbye', complete: true }]);
  t.ok(endedAt! - answeredAt! >= 800 + 1_000 + 900);
});

test('after a stream that the server closed the document goes on; a redirect stops the stream', async t => {
  const { product, carrier, client, call, origin } = await startCarrierWithProduct(t, { scenario });
  product.answers['/twiml'] = {
    body: '<Response><Connect><Stream url="/media" name="s"><Parameter name="a" value="b"/></Stream></Connect><Redirect>/ended</Redirect></Response>',
  };
  product.answers['/ended'] = { body: '<Response><Pause length="600"/></Response>' };
  await call({ url: `${origin}/twiml` });
  const first = await product.stream();
  t.match(await first.message(message => message['event'] === 'start'), { start: { customParameters: { a: 'b' } } });
  t.equal(first.request.url, '/media', 'a relative address is resolved against the document');
  first.socket.close();
  await product.hook('/ended');
  t.ok(carrier.control.debugger.some(entry => entry.code === 31921));

  const second = await call({ url: `${origin}/twiml` });
  const stream = await product.stream();
  await stream.message(message => message['event'] === 'media');
  await client.calls(second.sid).update({ twiml: '<Response><Hangup/></Response>' });
  await stream.message(message => message['event'] === 'stop');
  stream.socket.close();
  await carrier.control.reached(second.sid, 'completed');
  for (const { sid, state } of carrier.control.calls()) if (state === 'in-progress') carrier.control.hangUp(sid);
  await carrier.control.idle();
});

test('audio is copied to one-way streams, from TwiML and from REST', async t => {
  const { product, carrier, client, call, origin } = await startCarrierWithProduct(t, { scenario });
  product.answers['/twiml'] = {
    body: '<Response><Start><Stream url="/fork" name="both" track="both_tracks"/></Start><Pause length="600"/></Response>',
  };
  const { sid } = await call({ url: `${origin}/twiml` });
  const fork = await product.stream();
  const start = await fork.message(message => message['event'] === 'start');
  t.same(start['start'].tracks, ['inbound', 'outbound']);
  await fork.message(message => message['media']?.track === 'outbound');
  await carrier.control.reached(sid, 'in-progress');
  const rest = await client.calls(sid).streams.create({ url: 'wss://calls.example.com/fork', name: 'mine' });
  t.match(rest, { sid: /^MZ/, name: 'mine', status: 'in-progress' });
  const mine = await product.stream();
  await mine.message(message => message['event'] === 'media');
  t.match(await client.calls(sid).streams('mine').update({ status: 'stopped' }), { status: 'stopped' });
  await mine.message(message => message['event'] === 'stop');
  mine.socket.close();
  carrier.control.hangUp(sid);
  await fork.message(message => message['event'] === 'stop');
  fork.socket.close();
  await carrier.control.idle();
});

test('somebody calls a number of the account', async t => {
  const { product, carrier, client, origin } = await startCarrierWithProduct(t, { scenario });
  const [number] = await client.incomingPhoneNumbers.list({ phoneNumber: '+16175550110' });
  const silent = carrier.control.callIn({ from: '+13125550177', to: '+16175550110' });
  t.equal(carrier.control.call(silent.sid)!.state, 'failed', 'a number without an address fails at once');
  await client
    .incomingPhoneNumbers(number!.sid)
    .update({ voiceUrl: `${origin}/voice`, statusCallback: `${origin}/status` });
  product.answers['/voice'] = { body: '<Response><Say>goodbye</Say></Response>' };
  const { sid } = carrier.control.callIn({ from: '+13125550199', to: '+16175550110', personId: 'listener' });
  t.match((await product.hook('/voice')).fields, {
    CallStatus: 'ringing',
    Direction: 'inbound',
    From: '+13125550199',
    To: '+16175550110',
    StirVerstat: 'TN-Validation-Passed-A',
  });
  await carrier.control.reached(sid, 'completed');
  t.match((await product.hook('/status')).fields, { CallSid: sid, CallStatus: 'completed' });
  t.match(await client.calls(sid).fetch(), { direction: 'inbound', status: 'completed' });
});

const outcomes: [person: string, status: string, sip: string, answeredBy?: string][] = [
  ['engaged', 'busy', '486'],
  ['nobody', 'no-answer', '487'],
  ['gone', 'failed', '404'],
  ['declines', 'no-answer', '603'],
  ['screened', 'completed', '200', 'machine_start'],
  ['fax', 'completed', '200', 'fax'],
];

test('every way not to be reached has its status and its code', async t => {
  const { product, carrier, call, origin } = await startCarrierWithProduct(t, { scenario, scale: 100 });
  product.answers['/twiml'] = { body: '<Response><Pause length="30"/></Response>' };
  for (const [person, status, sip, answeredBy] of outcomes) {
    carrier.control.answerNext(person);
    await call({
      url: `${origin}/twiml`,
      statusCallback: `${origin}/status?who=${person}`,
      timeout: 20,
      machineDetection: 'Enable',
    });
    const { fields } = await product.hook('/status', hook => hook.url.endsWith(`who=${person}`));
    t.match(
      fields,
      { CallStatus: status, SipResponseCode: sip, ...(answeredBy ? { AnsweredBy: answeredBy } : {}) },
      person,
    );
    if (status !== 'completed') t.notOk('Duration' in fields, 'only a completed call is billed');
  }
  await carrier.control.idle();
});

test('a number that belongs to nobody is answered by somebody who hangs up after some forty seconds', async t => {
  const { carrier, call } = await startCarrierWithProduct(t, {
    scenario: (await import('../../../src/sandbox/scenarios/scenario.ts')).loadScenario(),
    scale: 200,
  });
  const { sid } = await call({ to: '+12485550150', twiml: '<Response><Pause length="600"/></Response>' });
  await carrier.control.reached(sid, 'completed');
  const { createdAt, answeredAt, endedAt, notes, person } = carrier.control.call(sid)!;
  t.equal(person, 'stranger');
  t.ok(answeredAt! - createdAt >= 2_000);
  const seconds = (endedAt! - answeredAt!) / 1_000;
  t.ok(seconds > 35 && seconds < 50, `${seconds} s`);
  t.same(notes, ['the person hung up']);
});
