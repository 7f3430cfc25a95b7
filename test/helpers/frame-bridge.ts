import { WebSocket } from 'ws';

interface Agent {
  readonly baseUrl: string;
  readonly apiKey: string;
  readonly agentId: string;
}

/** The least a bridge can do: passes audio on in both directions as it is, answers pings, ends both sides together. */
export function joinWithAgent(stream: WebSocket, agent: Agent): void {
  const url = `${agent.baseUrl.replace('http', 'ws')}/v1/convai/conversation?agent_id=${agent.agentId}`;
  const far = new WebSocket(url, { headers: { 'xi-api-key': agent.apiKey } });
  let streamSid = '';
  stream.on('message', (data: Buffer) => {
    const message = JSON.parse(String(data));
    if (message.event === 'start') streamSid = message.streamSid;
    if (message.event === 'stop') far.close();
    if (message.event === 'media' && far.readyState === far.OPEN) {
      far.send(JSON.stringify({ user_audio_chunk: message.media.payload }));
    }
  });
  stream.on('close', () => far.close());
  stream.on('error', () => far.terminate());
  far.on('open', () => far.send('{"type":"conversation_initiation_client_data"}'));
  far.on('message', (data: Buffer) => {
    const message = JSON.parse(String(data));
    if (message.type === 'ping') far.send(JSON.stringify({ type: 'pong', event_id: message.ping_event.event_id }));
    if (message.type === 'audio' && streamSid && stream.readyState === stream.OPEN) {
      stream.send(JSON.stringify({ event: 'media', streamSid, media: { payload: message.audio_event.audio_base_64 } }));
    }
  });
  far.on('close', () => stream.close());
  far.on('error', () => stream.terminate());
}
