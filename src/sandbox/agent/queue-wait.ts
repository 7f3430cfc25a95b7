import { tone } from '../audio/audio-frame.ts';
import type { AgentCore } from './agent-core.ts';
import type { AgentDocument } from './agent-document.ts';
import { fromMulaw } from './audio-format.ts';
import { audio, queueStatus, type ServerMessage } from './server-messages.ts';

const holdMusic = Buffer.concat(tone(440, 1_000, 'speech', 2_000).map(frame => frame.bytes));

/** Keeps a caller waiting for a place, with music a second at a time. Returns how to give up. */
export function waitInQueue(
  core: AgentCore,
  agent: AgentDocument,
  longestMs: number,
  actions: {
    send(message: ServerMessage): void;
    nextEventId(): number;
    admitted(): void;
    timedOut(): void;
  },
): () => void {
  const { clock } = core;
  const piece = fromMulaw(holdMusic, agent.conversation_config.tts.agent_output_audio_format);
  const play = () => {
    actions.send(audio(piece, actions.nextEventId()));
    music = clock.after(1_000, play);
  };
  const stop = () => {
    music?.cancel();
    limit.cancel();
    leaveQueue();
  };
  let music: { cancel(): void } | undefined;
  const leaveQueue = core.admission.wait(agent, () => {
    stop();
    actions.send(queueStatus('admitted'));
    actions.admitted();
  });
  const limit = clock.after(longestMs, () => {
    stop();
    actions.send(queueStatus('timed_out'));
    actions.timedOut();
  });
  actions.send(queueStatus('waiting'));
  play();
  return stop;
}
