import { test } from 'tap';
import twilio from 'twilio';
import { WebSocket } from 'ws';
import { startAgentTwin } from '../../../src/sandbox/agent/agent-twin.ts';
import { startCarrierTwin } from '../../../src/sandbox/carrier/carrier-twin.ts';
import { elasticClock } from '../../helpers/elastic-clock.ts';
import { type AnyJson, startTrivialProduct } from '../../helpers/trivial-product.ts';

/** Who of the demo is called, and what the agent must have understood of them, word for word. */
const people: [id: string, said: string[], interrupted: boolean][] = [
  ['ruth-abrams', ['Yes?', 'Please take me off your list and do not call again.'], false],
  ['james-carter', ['Carter.', 'Hold on, who is this?', 'Oh, right. Call me next week.'], true],
];

for (const [id, said, interrupted] of people) {
  test(`${id} of the demo talks to the agent through a bridge that only passes audio on`, async t => {
    const clock = elasticClock(12);
    const product = await startTrivialProduct(t, '7b'.repeat(16));
    const carrier = await startCarrierTwin({ clock, deliver: { [product.publicOrigin]: product.localOrigin } });
    const agent = await startAgentTwin({ clock });
    t.teardown(async () => {
      await carrier.close();
      await agent.close();
    });
    const client = twilio(carrier.accountSid, carrier.authToken);
    client.api.baseUrl = carrier.baseUrl;
    const url = 'wss://calls.example.com/media';
    product.answers['/twiml'] = { body: `<Response><Connect><Stream url="${url}"/></Connect></Response>` };
    carrier.control.answerNext(id);
    const { to, from } = { to: '+13125550142', from: carrier.phoneNumber };
    const call = await client.calls.create({ to, from, url: `${product.publicOrigin}/twiml` });
    const stream = await product.stream();
    const started = await stream.message(message => message['event'] === 'start');
    const { streamSid } = started;

    const far = new WebSocket(
      `${agent.baseUrl.replace('http', 'ws')}/v1/convai/conversation?agent_id=${agent.agentId}`,
      {
        headers: { 'xi-api-key': agent.apiKey },
      },
    );
    const passOn = ({ event, media }: AnyJson) => {
      if (event === 'media' && far.readyState === far.OPEN) {
        far.send(JSON.stringify({ user_audio_chunk: media.payload }));
      }
    };
    far.on('open', () => {
      far.send('{"type":"conversation_initiation_client_data"}');
      // Whoever picks up speaks at once, while the agent's line is still being opened: not a frame of it may be missing.
      for (const message of stream.messages) passOn(message);
      stream.socket.on('message', data => passOn(JSON.parse(String(data))));
    });
    far.on('message', data => {
      const message = JSON.parse(String(data));
      if (message.type === 'ping') far.send(JSON.stringify({ type: 'pong', event_id: message.ping_event.event_id }));
      if (message.type === 'audio') {
        stream.send({ event: 'media', streamSid, media: { payload: message.audio_event.audio_base_64 } });
      }
      if (message.type === 'interruption') stream.send({ event: 'clear', streamSid });
      if (message.type === 'client_tool_call') {
        const { tool_call_id } = message.client_tool_call;
        far.send(JSON.stringify({ type: 'client_tool_result', tool_call_id, result: 'done', is_error: false }));
      }
    });
    const talked = await agent.control.until(each => each.endedAt !== undefined);
    t.equal(talked.terminationReason, 'end_call tool was called.');
    t.equal(talked.person, id);
    const words = talked.turns.flatMap(turn => (turn.role === 'user' ? [turn.message] : []));
    t.same(words, said);
    t.ok(
      talked.heard.every(each => each.complete),
      'every clip arrived bit by bit',
    );
    t.equal(talked.turns[0]?.interrupted ?? false, interrupted);
    t.same([...agent.violations, ...carrier.violations], []);
    carrier.control.hangUp(call.sid);
    await carrier.control.idle();
  });
}
