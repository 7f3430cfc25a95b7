import type { AgentDocument } from './agent-document.ts';
import { fromMulaw } from './audio-format.ts';
import { audio, type ServerMessage } from './server-messages.ts';

interface NoiseActions {
  /** Sends whatever the agent's client events say. */
  sendAnyway(message: ServerMessage | string): void;
  nextEventId(): number;
}
type Config = AgentDocument['conversation_config'];

const quiet = (config: Config, ms: number) =>
  fromMulaw(Buffer.alloc(ms * 8, 0xff), config.tts.agent_output_audio_format);

/** Things that the vendor has been seen to send and that must not disturb a client. */
export function sendNoise({ sendAnyway: send, nextEventId }: NoiseActions, config: Config): void {
  send({ type: 'ping', ping_event: { event_id: nextEventId() } });
  send({ type: 'a_type_of_next_year', a_type_of_next_year_event: { anything: [1, 2, 3] } });
  send({ type: 'user_transcript', user_transcription_event: { user_transcript: '' } });
  send('not JSON');
  send(audio(Buffer.alloc(0), nextEventId(), true));
  send({
    type: 'audio',
    audio_event: { audio_base_64: quiet(config, 20).toString('base64'), event_id: nextEventId(), alignment: null },
  });
  send(audio(quiet(config, 135_000), nextEventId())); // 1.4 MB of base64, as has been reported
}

/** What may still arrive around an interruption: older than it, the same age, and newer. */
export function sendStaleAudio({ sendAnyway: send, nextEventId }: NoiseActions, config: Config): void {
  const interrupted = nextEventId() - 1;
  send(audio(quiet(config, 100), interrupted - 1));
  send(audio(quiet(config, 100), interrupted));
  send(audio(quiet(config, 100), nextEventId()));
}
