import fastifyWebsocket from '@fastify/websocket';
import fastify from 'fastify';
import { type RawData, WebSocket, WebSocketServer } from 'ws';

/*
 * Bridges as others write them, in our own words. None of them keeps what a caller says before its agent is there, writes anything
 * down, or knows what was heard; they only carry audio.
 */

const initiation = JSON.stringify({ type: 'conversation_initiation_client_data', dynamic_variables: {} });

/** As most are written: every message is parsed, and built anew. */
export async function naiveBridge(agentUrl: string): Promise<number> {
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1', perMessageDeflate: false });
  server.on('connection', caller => {
    const agent = new WebSocket(agentUrl, { perMessageDeflate: false });
    let streamSid = '';
    agent.on('open', () => agent.send(initiation));
    agent.on('message', (data: RawData) => {
      const message = JSON.parse(data.toString());
      if (message.type === 'audio') {
        const media = { payload: message.audio_event.audio_base_64 };
        caller.send(JSON.stringify({ event: 'media', streamSid, media }));
      } else if (message.type === 'interruption') {
        caller.send(JSON.stringify({ event: 'clear', streamSid }));
      } else if (message.type === 'ping') {
        agent.send(JSON.stringify({ type: 'pong', event_id: message.ping_event.event_id }));
      }
    });
    caller.on('message', (data: RawData) => {
      const message = JSON.parse(data.toString());
      if (message.event === 'start') streamSid = message.start.streamSid;
      else if (message.event === 'media' && agent.readyState === WebSocket.OPEN) {
        agent.send(JSON.stringify({ user_audio_chunk: message.media.payload }));
      }
    });
    endTogether(caller, agent);
  });
  return portOf(server);
}

/** As little as possible: the audio is cut out of one frame and put into the other. */
export async function spliceBridge(agentUrl: string): Promise<number> {
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1', perMessageDeflate: false });
  const [payload, base64] = ['"payload":"', '"audio_base_64":"'].map(key => Buffer.from(key)) as [Buffer, Buffer];
  const [chunkHead, chunkTail, mediaTail] = ['{"user_audio_chunk":"', '"}', '"}}'].map(part => Buffer.from(part)) as [
    Buffer,
    Buffer,
    Buffer,
  ];
  const text = { binary: false };
  const spliced = (head: Buffer, data: Buffer, from: number, tail: Buffer): Buffer => {
    const to = data.indexOf(0x22, from);
    const frame = Buffer.allocUnsafe(head.length + to - from + tail.length);
    frame.set(head, 0);
    frame.set(data.subarray(from, to), head.length);
    frame.set(tail, head.length + to - from);
    return frame;
  };
  server.on('connection', caller => {
    const agent = new WebSocket(agentUrl, { perMessageDeflate: false });
    let mediaHead = Buffer.alloc(0);
    agent.on('open', () => agent.send(initiation));
    agent.on('message', (data: Buffer) => {
      const at = data.indexOf(base64);
      if (at >= 0) return caller.send(spliced(mediaHead, data, at + base64.length, mediaTail), text);
      const message = JSON.parse(data.toString());
      if (message.type === 'ping') agent.send(`{"type":"pong","event_id":${message.ping_event.event_id}}`);
    });
    caller.on('message', (data: Buffer) => {
      const at = data.indexOf(payload);
      if (at >= 0) {
        if (agent.readyState === WebSocket.OPEN)
          agent.send(spliced(chunkHead, data, at + payload.length, chunkTail), text);
        return;
      }
      const message = JSON.parse(data.toString());
      if (message.event !== 'start') return;
      mediaHead = Buffer.from(`{"event":"media","streamSid":"${message.start.streamSid}","media":{"payload":"`);
    });
    endTogether(caller, agent);
  });
  return portOf(server);
}

/** In the shape of the vendor's published sample: a web framework, parsing, and audio decoded and encoded again on its way. */
export async function sampleBridge(agentUrl: string): Promise<number> {
  const app = fastify();
  await app.register(fastifyWebsocket);
  app.get('/media-stream', { websocket: true }, caller => {
    const agent = new WebSocket(agentUrl);
    let streamSid: string | null = null;
    agent.on('open', () => agent.send(initiation));
    agent.on('message', data => {
      try {
        const message = JSON.parse(data.toString());
        switch (message.type) {
          case 'audio': {
            if (!streamSid) break;
            const audio = message.audio?.chunk ?? message.audio_event?.audio_base_64;
            if (audio) caller.send(JSON.stringify({ event: 'media', streamSid, media: { payload: audio } }));
            break;
          }
          case 'interruption':
            if (streamSid) caller.send(JSON.stringify({ event: 'clear', streamSid }));
            break;
          case 'ping':
            if (message.ping_event?.event_id) {
              agent.send(JSON.stringify({ type: 'pong', event_id: message.ping_event.event_id }));
            }
            break;
        }
      } catch (error) {
        console.error('a message of the agent was not understood', error);
      }
    });
    caller.on('message', (data: RawData) => {
      try {
        const message = JSON.parse(data.toString());
        switch (message.event) {
          case 'start':
            streamSid = message.start.streamSid;
            break;
          case 'media':
            if (agent.readyState === WebSocket.OPEN) {
              const audio = Buffer.from(message.media.payload, 'base64').toString('base64');
              agent.send(JSON.stringify({ user_audio_chunk: audio }));
            }
            break;
        }
      } catch (error) {
        console.error('a message of the carrier was not understood', error);
      }
    });
    endTogether(caller, agent);
  });
  await app.listen({ port: 0, host: '127.0.0.1' });
  return (app.server.address() as { port: number }).port;
}

function endTogether(caller: WebSocket, agent: WebSocket): void {
  for (const [one, other] of [
    [caller, agent],
    [agent, caller],
  ] as const) {
    one.on('error', () => one.terminate());
    one.on('close', () => other.close());
  }
}

async function portOf(server: WebSocketServer): Promise<number> {
  if (!server.address()) await new Promise(resolve => server.once('listening', resolve));
  return (server.address() as { port: number }).port;
}
