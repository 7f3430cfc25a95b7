import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { chromium } from 'playwright-core';
import { test } from 'tap';
import { startTestAgent } from '../../helpers/agent-twin.ts';

const executablePath = '/usr/bin/chromium';
const bundle = new URL('lib.iife.js', import.meta.resolve('@elevenlabs/client'));
const skip = existsSync(executablePath) ? false : 'install chromium';

/** The page, as somebody would write it who follows the client's manual. */
const html = `<!doctype html><script src="/client.js"></script><script>
async function converse(signedUrl) {
  const messages = [];
  let heard = () => {};
  const next = () => new Promise(resolve => { heard = resolve; });
  const first = next();
  const session = await ElevenLabsClient.Conversation.startSession({
    signedUrl,
    connectionType: 'websocket',
    dynamicVariables: { bridge_call_id: 'c-42' },
    onMessage({ message, source }) {
      messages.push(source + ': ' + message);
      heard();
    },
  });
  await first;
  const second = next();
  session.sendUserMessage('goodbye');
  await second;
  return { id: session.getId(), messages };
}
</script>`;

/** Ten seconds of a microphone in a silent room. */
function silentRecording(): Buffer {
  const header = Buffer.from(
    'RIFF\0\0\0\0WAVEfmt \x10\0\0\0\x01\0\x01\0\0\0\0\0\0\0\0\0\x02\0\x10\0data\0\0\0\0',
    'latin1',
  );
  const samples = Buffer.alloc(16_000 * 2 * 10);
  header.writeUInt32LE(36 + samples.length, 4);
  header.writeUInt32LE(16_000, 24);
  header.writeUInt32LE(32_000, 28);
  header.writeUInt32LE(samples.length, 40);
  return Buffer.concat([header, samples]);
}

test('the official browser client holds a conversation with the twin, unmodified', { skip }, async t => {
  const twin = await startTestAgent(t, { scale: 1 });
  twin.control.configure(twin.agentId, {
    conversation_config: {
      tts: { agent_output_audio_format: 'pcm_16000' },
      asr: { user_input_audio_format: 'pcm_16000' },
    },
  });
  const site = createServer((request, response) => {
    if (request.url === '/client.js') {
      response.writeHead(200, { 'content-type': 'text/javascript' }).end(readFileSync(bundle));
    } else response.writeHead(200, { 'content-type': 'text/html' }).end(html);
  });
  await new Promise<void>(resolve => site.listen(0, '127.0.0.1', resolve));
  const microphone = `${t.testdir({})}/silence.wav`;
  writeFileSync(microphone, silentRecording());
  const browser = await chromium.launch({
    executablePath,
    args: [
      '--headless',
      '--no-sandbox',
      '--disable-gpu',
      '--disable-background-networking',
      '--use-fake-ui-for-media-stream',
      '--use-fake-device-for-media-stream',
      `--use-file-for-fake-audio-capture=${microphone}`,
      '--autoplay-policy=no-user-gesture-required',
    ],
  });
  t.teardown(async () => {
    await browser.close();
    site.closeAllConnections();
    await new Promise(resolve => site.close(resolve));
  });
  const page = await browser.newPage();
  await page.goto(`http://127.0.0.1:${(site.address() as AddressInfo).port}/`);
  const call = `converse(${JSON.stringify(await twin.signedUrl())})`;
  const seen = await page.evaluate<{ id: string; messages: string[] }>(call);
  t.same(seen.messages.slice(0, 2), ['ai: agent: good morning', 'ai: agent: thank you']);
  await twin.control.idle();
  const view = twin.control.conversation(seen.id);
  t.match(view, { status: 'done', person: 'buyer', terminationReason: 'end_call tool was called.' });
  t.ok(view!.latenciesMs.length > 0, 'it answers pings');
});
