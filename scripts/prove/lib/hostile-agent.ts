import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { WebSocketServer } from 'ws';
import type { Mutator } from './mutator.ts';

/** Where an agent of the vendor would be: some of what it says is right, most is not. */
export interface HostileAgent {
  readonly url: string;
  /** Frames it has sent, and conversations it has begun. */
  readonly frames: number;
  readonly conversations: number;
  close(): Promise<void>;
}

const audio = Buffer.alloc(160, 0x7f).toString('base64');
const metadata = {
  type: 'conversation_initiation_metadata',
  conversation_initiation_metadata_event: {
    conversation_id: 'conv_hostile',
    agent_output_audio_format: 'ulaw_8000',
    user_input_audio_format: 'ulaw_8000',
  },
};
const seeds = [
  { type: 'audio', audio_event: { audio_base_64: audio, event_id: 7 } },
  { type: 'audio', audio_event: { audio_base_64: audio.repeat(90), event_id: 8 } },
  { type: 'ping', ping_event: { event_id: 3, ping_ms: 20 } },
  { type: 'interruption', interruption_event: { event_id: 9 } },
  { type: 'user_transcript', user_transcription_event: { user_transcript: 'Yes.', event_id: 10 } },
  { type: 'agent_response', agent_response_event: { agent_response: 'Then I will book it.', event_id: 11 } },
  {
    type: 'agent_response_correction',
    agent_response_correction_event: {
      original_agent_response: 'Then I will book it.',
      corrected_agent_response: 'Then I',
      event_id: 11,
    },
  },
  { type: 'client_tool_call', client_tool_call: { tool_name: 'look_up', tool_call_id: 't1', parameters: { a: 1 } } },
  { type: 'agent_tool_response', agent_tool_response: { tool_name: 'end_call', tool_call_id: 't2', is_error: false } },
  { type: 'queue_status', queue_status_event: { status: 'waiting' } },
  { type: 'mcp_tool_call', mcp_tool_call: { tool_call_id: 'm1', tool_name: 'x', state: 'awaiting_approval' } },
  { type: 'error', error_event: { error_type: 'x', code: 1, message: 'no' } },
  metadata,
].map(each => Buffer.from(JSON.stringify(each)));
const codes = [1000, 1001, 1002, 1008, 1011, 3000, 4300];

/** `rest` answers everything else that the product asks of its vendor. */
export async function startHostileAgent(rest: string, mutator: Mutator, budget: () => boolean): Promise<HostileAgent> {
  let frames = 0;
  let conversations = 0;
  const server = createServer(async (request, response) => {
    response.setHeader('content-type', 'application/json');
    if (request.url?.includes('signed-url')) {
      return response.end(JSON.stringify({ signed_url: `ws://${request.headers.host}/talk` }));
    }
    const key = String(request.headers['xi-api-key'] ?? '');
    const answer = await fetch(new URL(request.url ?? '/', rest), { headers: { 'xi-api-key': key } });
    response.statusCode = answer.status;
    response.end(await answer.text());
  });
  const sockets = new WebSocketServer({ server, perMessageDeflate: false });
  sockets.on('connection', (socket, request) => {
    conversations += 1;
    socket.on('error', () => undefined);
    socket.once('message', () => {
      if (mutator.below(10) > 0) socket.send(JSON.stringify(metadata));
      const talk = () => {
        for (let many = 0; many < 8 && socket.readyState === socket.OPEN && budget(); many += 1) {
          frames += 1;
          const seed = seeds[mutator.below(seeds.length)]!;
          const message = mutator.below(3) === 0 ? seed : mutator.mutated(seed);
          if (mutator.below(400) === 0) request.socket.write(message);
          else socket.send(message, { binary: mutator.below(40) === 0, fin: mutator.below(200) > 0 });
        }
        if (socket.readyState !== socket.OPEN) return;
        if (mutator.below(60) === 0) return socket.close(codes[mutator.below(codes.length)]);
        if (mutator.below(60) === 0) return socket.terminate();
        setTimeout(talk, 2);
      };
      talk();
    });
  });
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    get frames() {
      return frames;
    },
    get conversations() {
      return conversations;
    },
    async close() {
      for (const socket of sockets.clients) socket.terminate();
      server.closeAllConnections();
      await new Promise(resolve => server.close(resolve));
    },
  };
}
