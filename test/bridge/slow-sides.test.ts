import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type Test, test } from 'tap';
import { type WebSocket, WebSocketServer } from 'ws';
import { startCallSite } from './call-site.ts';
import { silence, stranger } from './stranger.ts';

test('under pressure caller frames travel together, and the agent hears every byte of them', async t => {
  const site = await startCallSite(t, { pressure: () => 3 });
  const sid = await site.call('buyer');
  t.match(await site.over(sid), { source: 'elevenlabs', reason: 'agent-ended' });
  const talked = await site.agent.control.until(each => each.endedAt !== undefined);
  t.same(
    talked.heard.map(each => [each.clipId, each.complete]),
    [
      ['hello', true],
      ['yes please', true],
      ['goodbye', true],
    ],
  );
  const { callerFrames, coalesced, dropped } = site.observed.seen.ended[0]!.figures;
  t.ok(coalesced > callerFrames / 3, `${coalesced} of ${callerFrames} frames went with another one`);
  t.equal(dropped, 0);
});

test('pressure that comes and goes loses nothing', async t => {
  let frames = 0;
  const pressure = () => {
    frames += 1;
    return [1, 3, 2, 1][Math.floor(frames / 7) % 4]!;
  };
  const site = await startCallSite(t, { pressure });
  const sid = await site.call('buyer');
  await site.over(sid);
  const talked = await site.agent.control.until(each => each.endedAt !== undefined);
  t.ok(talked.heard.length === 3 && talked.heard.every(each => each.complete), JSON.stringify(talked.heard));
});

test('an agent that says more than can be held while its caller is gone: memory is bounded, and the call says what was lost', async t => {
  const site = await startCallSite(t, { plan: { silenceMs: 0 }, rules: { streamBackMs: 600_000 } });
  const caller = await stranger(site, { admitted: true });
  const { data } = await site.desk.event('agent-ready');
  caller.socket.terminate();
  await site.desk.event('stream-lost');
  for (let piece = 0; piece < 5; piece += 1) {
    // A little less than a quarter: the greeting is held, too.
    const audio_base_64 = 'f'.repeat(4 * 1024 * 1024 - 128 * 1024);
    const event = { type: 'audio', audio_event: { audio_base_64, event_id: 90 + piece } };
    site.agent.control.inject(String(data['conversationId']), event as never);
  }
  t.match(await site.desk.event('agent-audio-dropped'), { data: { invalid: 0, overflow: 1 } });
  const session = site.sessions.bySid(caller.sid)!;
  t.equal(session.view().figures.agentDropped, 1, 'sixteen megabytes are held');
  session.end({ source: 'api', reason: 'requested' });
  await site.sessions.settled();
  t.match(site.desk.notes.at(-1), { media: { agentDropped: 1 } });
  t.equal(site.pulse.size, 0);
});

/** An agent that accepts a conversation and reads nothing of it until it is told to. */
async function startDeafAgent(t: Test) {
  const server = createServer((_request, response) => {
    const { port } = server.address() as AddressInfo;
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify({ signed_url: `ws://127.0.0.1:${port}/conversation` }));
  });
  const sockets = new WebSocketServer({ server });
  const talks: WebSocket[] = [];
  sockets.on('connection', (socket: WebSocket) => {
    talks.push(socket);
    socket.once('message', () => {
      const formats = { agent_output_audio_format: 'ulaw_8000', user_input_audio_format: 'ulaw_8000' };
      const event = { conversation_id: `conv_${talks.length}`, ...formats };
      socket.send(
        JSON.stringify({
          type: 'conversation_initiation_metadata',
          conversation_initiation_metadata_event: event,
        }),
      );
      socket.pause();
    });
  });
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  t.teardown(async () => {
    for (const client of sockets.clients) client.terminate();
    await new Promise(resolve => server.close(resolve));
  });
  const { port } = server.address() as AddressInfo;
  return { baseUrl: `http://127.0.0.1:${port}`, talks };
}

test('an agent that reads nothing: the oldest words go, memory does not grow, and another agent is fetched', async t => {
  const deaf = await startDeafAgent(t);
  const site = await startCallSite(t, { agentBaseUrl: deaf.baseUrl, plan: { silenceMs: 0 }, scale: 5 });
  const caller = await stranger(site, { admitted: true });
  await site.desk.event('agent-ready');
  const session = site.sessions.bySid(caller.sid)!;
  const view = () => session.view();
  // More than the network keeps for a far side that does not read: after that it is for us to hold, and we hold one second.
  while (view().figures.dropped === 0) {
    for (let frame = 0; frame < 500; frame += 1) caller.media(silence);
    await new Promise(resolve => setImmediate(resolve));
  }
  t.ok(view().queuedMs <= 1_000, `${view().queuedMs} ms wait`);
  t.ok(view().figures.peakQueuedMs <= 1_000, `${view().figures.peakQueuedMs} ms at most`);
  t.match(await site.desk.event('agent-lost'), { data: { reason: 'agent-stuck' } });
  await site.desk.event('agent-reopened');
  t.equal(deaf.talks.length, 2);
  t.ok(session.isOpen, 'and the caller is still here');
  caller.send('stop', { stop: {} });
  t.match(await site.desk.until(() => site.desk.endings.get(caller.sid)), { reason: 'caller-hung-up' });
  await site.sessions.settled();
  t.equal(site.pulse.size, 0);
  t.same(site.errors, []);
});
