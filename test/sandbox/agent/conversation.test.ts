import { test } from 'tap';
import { audioOf, startReceiver, startTestAgent } from '../../helpers/agent-twin.ts';
import { testClips } from '../../helpers/carrier.ts';

const clip = (id: string) => testClips.get(id)!;

test('a conversation runs by its script: greeting, recognised caller, tool, keypad, farewell, close 1000', async t => {
  const twin = await startTestAgent(t);
  const talk = await twin.talk({ initiation: { dynamic_variables: { bridge_call_id: 'c-42' }, user_id: 'contact-7' } });
  const metadata = await talk.next('conversation_initiation_metadata');
  t.match(metadata['conversation_initiation_metadata_event'], {
    conversation_id: /^conv_/,
    agent_output_audio_format: 'ulaw_8000',
    user_input_audio_format: 'ulaw_8000',
  });
  t.equal((await talk.next('agent_response'))['agent_response_event'].agent_response, 'agent: good morning');
  await talk.next('audio');
  talk.say(clip('hello'));
  t.equal((await talk.next('user_transcript'))['user_transcription_event'].user_transcript, 'hello');
  t.ok(audioOf(talk.messages).equals(clip('agent: good morning').bytes), 'the first message arrived bit by bit');
  t.notOk(
    talk.messages.some(each => each['type'] === 'interruption'),
    'a greeting does not interrupt',
  );

  await twin.control.until(each => each.turns.length === 2);
  talk.say(clip('yes please'));
  t.equal((await talk.next('user_transcript'))['user_transcription_event'].user_transcript, 'yes please');
  const call = (await talk.next('client_tool_call'))['client_tool_call'];
  t.match(call, { tool_name: 'book', parameters: { slot: '10:30' }, expects_response: true });
  talk.send({ type: 'client_tool_result', tool_call_id: call.tool_call_id, result: '{"ok":true}', is_error: false });
  t.match((await talk.next('agent_tool_response'))['agent_tool_response'], { tool_name: 'book', is_error: false });
  t.equal((await talk.next('agent_response'))['agent_response_event'].agent_response, 'agent: shall I book it');

  talk.send({ type: 'user_message', text: '1', source_medium: 'dtmf' });
  t.equal((await talk.next('agent_response'))['agent_response_event'].agent_response, 'agent: good morning');
  talk.say(clip('goodbye'));
  t.equal((await talk.next('agent_response'))['agent_response_event'].agent_response, 'agent: thank you');
  t.match((await talk.next('agent_tool_response'))['agent_tool_response'], { tool_name: 'end_call' });
  t.match(await talk.closed, { code: 1000 });
  await twin.control.idle();

  const [view] = twin.control.conversations();
  t.match(view, { status: 'done', person: 'buyer', terminationReason: 'end_call tool was called.' });
  t.same(
    view!.heard.map(each => [each.clipId, each.complete]),
    [
      ['hello', true],
      ['yes please', true],
      ['goodbye', true],
    ],
  );
  const ids = talk.messages.flatMap(each => each['audio_event']?.event_id ?? []);
  t.same(
    ids,
    [...ids].sort((a, b) => a - b),
    'event ids only grow',
  );
});

test('speaking over the agent interrupts it; the correction holds what was heard', async t => {
  const twin = await startTestAgent(t, { scale: 50 });
  const talk = await twin.talk({ agentId: 'agent_talker' });
  await talk.next('agent_response');
  const whole = clip('agent: a long explanation');
  t.ok(audioOf(talk.messages).length <= whole.bytes.length);
  talk.say(clip('stop for a moment'));
  const interruption = await talk.next('interruption');
  const before = talk.messages.slice(0, talk.messages.indexOf(interruption)); // the next answer may be here already
  const older = before.filter(each => each['type'] === 'audio').map(each => each['audio_event'].event_id);
  t.ok(Math.max(...older) < interruption['interruption_event'].event_id, 'all its audio is older');
  const correction = (await talk.next('agent_response_correction'))['agent_response_correction_event'];
  t.equal(correction.original_agent_response, whole.text);
  t.ok(whole.text.startsWith(correction.corrected_agent_response));
  t.not(correction.corrected_agent_response, whole.text);
  t.match(await talk.next('user_transcript'), { user_transcription_event: { user_transcript: 'stop for a moment' } });
  t.match(await talk.next('agent_response'), { agent_response_event: { agent_response: 'agent: good morning' } });
  talk.socket.close(1000, 'User ended conversation');
  await twin.control.idle();
  const [view] = twin.control.conversations();
  t.equal(view!.terminationReason, 'Client disconnected: 1000');
  t.match(view!.turns[0], { interrupted: true, original: whole.text });
});

test('a damaged clip is not transcribed in full', async t => {
  const twin = await startTestAgent(t);
  const talk = await twin.talk({ initiation: { conversation_config_override: { agent: { first_message: '' } } } });
  const bytes = Buffer.from(clip('stop for a moment').bytes);
  const [early, late] = [bytes.subarray(0, 3_200), bytes.subarray(6_400)];
  talk.say(Buffer.concat([early, late]));
  const heard = (await talk.next('user_transcript'))['user_transcription_event'].user_transcript;
  t.equal(heard, 'stop for', 'two thirds of the audio are two thirds of the words');
});

test('speech that no clip matches is noticed; a beep is not speech', async t => {
  const twin = await startTestAgent(t);
  const talk = await twin.talk();
  await talk.next('agent_response');
  const beep = Buffer.from(
    Array.from({ length: 4_000 }, (_, at) => [0x80, 0x90, 0xff, 0x10, 0x00, 0x10, 0xff, 0x90][at % 8]!),
  );
  talk.say(beep);
  const noise = Buffer.from(Array.from({ length: 4_000 }, (_, at) => (at * at * 31 + at) & 0xbf));
  talk.say(noise);
  const heard = (await talk.next('user_transcript'))['user_transcription_event'].user_transcript;
  t.match(heard, /^\(speech of 0\.\d s that no clip matches\)$/);
  t.match(await talk.next('agent_response'), { agent_response_event: { agent_response: 'agent: shall I book it' } });
  t.equal(talk.messages.filter(each => each['type'] === 'user_transcript').length, 1);
});

test('a server tool is called over HTTP and its failure changes what the agent says', async t => {
  const product = await startReceiver(t, (_post, count) => (count === 1 ? [503, 'down'] : [200, '{"ok":true}']));
  const serverTools = {
    url: `${product.url}/tools/{tool}`,
    headers: { authorization: 'Bearer s3', 'x-conversation': '{{system__conversation_id}}', 'x-call': '{{call}}' },
  };
  const twin = await startTestAgent(t, { serverTools, scale: 50 });
  const talk = await twin.talk({ initiation: { dynamic_variables: { call: 'c-42' } } });
  await talk.next('agent_response');
  talk.say(clip('yes please'));
  t.match((await talk.next('agent_tool_response'))['agent_tool_response'], { tool_type: 'webhook', is_error: true });
  t.match(await talk.next('agent_response'), {
    agent_response_event: { agent_response: 'agent: a long explanation' },
  });
  talk.say(clip('yes please'));
  t.match((await talk.next('agent_tool_response'))['agent_tool_response'], { is_error: false, status: 'success' });
  t.match(product.posts[1], {
    path: '/tools/book',
    body: '{"slot":"10:30"}',
    headers: { authorization: 'Bearer s3', 'x-conversation': /^conv_/, 'x-call': 'c-42' },
  });
});

test('audio formats other than mu-law: the caller is recognised, the agent is heard', async t => {
  const twin = await startTestAgent(t);
  twin.control.configure(twin.agentId, {
    conversation_config: {
      tts: { agent_output_audio_format: 'pcm_16000' },
      asr: { user_input_audio_format: 'pcm_16000' },
    },
  });
  const talk = await twin.talk();
  await talk.next('agent_response');
  const { bytes } = clip('yes please');
  const { linearOfMulaw } = await import('../../../src/audio/mulaw.ts');
  const pcm = Buffer.alloc(bytes.length * 4);
  for (const [at, byte] of bytes.entries()) {
    pcm.writeInt16LE(linearOfMulaw[byte]!, at * 4);
    pcm.writeInt16LE(linearOfMulaw[byte]!, at * 4 + 2);
  }
  for (let at = 0; at < pcm.length; at += 777) {
    talk.send({ user_audio_chunk: pcm.subarray(at, at + 777).toString('base64') });
  }
  talk.send({ user_audio_chunk: Buffer.alloc(32_000).toString('base64') });
  t.match(await talk.next('user_transcript'), { user_transcription_event: { user_transcript: 'yes please' } });
  const spoken = audioOf(talk.messages);
  t.equal(spoken.length, clip('agent: good morning').bytes.length * 4);
  t.equal(spoken.readInt16LE(0), linearOfMulaw[clip('agent: good morning').bytes[0]!]);
});
