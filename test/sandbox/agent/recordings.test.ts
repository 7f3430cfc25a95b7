import { ElevenLabsClient } from '@elevenlabs/elevenlabs-js';
import { test } from 'tap';
import { startTestAgent, testKey } from '../../helpers/agent-twin.ts';
import { testClips } from '../../helpers/carrier.ts';

const samplesPerFrame = 576;
/** Kilobits of MPEG 2.5, layer III, by the four bits in the header. */
const kilobits = [0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160];

/** Walks an MP3 file frame by frame; throws where one does not begin at the end of the one before it. */
function secondsOf(file: Buffer): number {
  let frames = 0;
  for (let at = 0; at + 4 <= file.length; frames += 1) {
    const [sync, version, rate] = [file.readUInt16BE(at), file[at + 1]!, file[at + 2]!];
    if ((sync & 0xffe0) !== 0xffe0 || (version & 0x1e) !== 0x02) throw new Error(`no MPEG 2.5 frame at ${at}`);
    if ((rate & 0x0c) !== 0x08) throw new Error('not 8000 Hz');
    at += Math.floor((72_000 * kilobits[rate >> 4]!) / 8_000) + ((rate >> 1) & 1);
  }
  return (frames * samplesPerFrame) / 8_000;
}

test('both sides are recorded, and the file is there when the conversation is done', async t => {
  const twin = await startTestAgent(t);
  const client = new ElevenLabsClient({ apiKey: testKey, baseUrl: twin.baseUrl, maxRetries: 0 });
  const talk = await twin.talk();
  const id = (await talk.next('conversation_initiation_metadata'))['conversation_initiation_metadata_event']
    .conversation_id;
  await talk.next('agent_response');
  const running = await client.conversationalAi.conversations.get(id);
  t.same([running.hasAudio, running.hasUserAudio, running.hasResponseAudio], [false, false, false]);
  t.match(await twin.get(`/v1/convai/conversations/${id}/audio`), {
    status: 404,
    body: { detail: { status: 'conversation_audio_not_found' } },
  });
  talk.say(testClips.get('hello')!);
  await talk.next('user_transcript');
  talk.socket.close(1000);
  await twin.control.idle();
  const done = await client.conversationalAi.conversations.get(id);
  t.same([done.hasAudio, done.hasUserAudio, done.hasResponseAudio, done.hasAuxiliaryAudio], [true, true, true, false]);

  const response = await fetch(`${twin.baseUrl}/v1/convai/conversations/${id}/audio`, {
    headers: { 'xi-api-key': testKey },
  });
  t.equal(response.headers.get('content-type'), 'audio/mpeg');
  const file = Buffer.from(await response.arrayBuffer());
  t.ok(secondsOf(file) >= 2, `${secondsOf(file)} s: the first message alone is two seconds`);
  const pieces: Uint8Array[] = [];
  const stream = (await client.conversationalAi.conversations.audio.get(id)) as unknown as AsyncIterable<Uint8Array>;
  for await (const piece of stream) pieces.push(piece);
  t.ok(Buffer.concat(pieces).equals(file), 'the official client gets the same');
});

test('whoever said nothing is not in it, nor what an interruption cut off', async t => {
  const twin = await startTestAgent(t);
  const talker = twin.control.agents().find(agent => agent.name === 'Talker')!.agent_id;
  const listened = await twin.talk();
  await listened.next('agent_response');
  listened.silence(400);
  listened.socket.close(1000);
  const broken = await twin.talk({ agentId: talker });
  await broken.next('agent_response'); // twenty seconds long
  broken.say(testClips.get('stop for a moment')!);
  await broken.next('interruption');
  broken.socket.close(1000);
  await twin.control.idle();
  const [second, first] = twin.control.conversations();
  const record = async (id: string) => (await twin.get(`/v1/convai/conversations/${id}`)).body;
  t.match(await record(first!.id), { has_audio: true, has_user_audio: false, has_response_audio: true });
  const reply = await fetch(`${twin.baseUrl}/v1/convai/conversations/${second!.id}/audio`, {
    headers: { 'xi-api-key': testKey },
  });
  const length = secondsOf(Buffer.from(await reply.arrayBuffer()));
  t.ok(length < 19, `${length} s`);
});

test('an agent whose privacy settings forbid it keeps none', async t => {
  const twin = await startTestAgent(t);
  twin.control.configure(twin.agentId, { platform_settings: { privacy: { record_voice: false } } });
  const talk = await twin.talk();
  await talk.next('agent_response');
  talk.socket.close(1000);
  await twin.control.idle();
  const [one] = twin.control.conversations();
  t.match((await twin.get(`/v1/convai/conversations/${one!.id}`)).body, { has_audio: false });
  t.equal((await twin.get(`/v1/convai/conversations/${one!.id}/audio`)).status, 404);
});
