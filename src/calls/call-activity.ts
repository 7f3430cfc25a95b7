import type { SessionView } from '../bridge/bridge.types.ts';

/** What the agent of a live call does, as far as its sockets show. */
export interface CallActivity {
  readonly agent: 'connecting' | 'speaking' | 'listening' | 'person';
  readonly lastActivityAt: string;
}

/** Agents send an answer faster than it is played: while audio waits to be heard, the agent speaks. */
const waitingMs = 100;
const justSentMs = 400;

export function activityOf(view: SessionView, now: Date): CallActivity {
  const { agent, startedAt, lastAgentAudioAt, lastCallerAudioAt, queuedMs } = view;
  const justSent = lastAgentAudioAt !== null && now.getTime() - lastAgentAudioAt.getTime() < justSentMs;
  const speaks = justSent || queuedMs > waitingMs;
  const times = [startedAt, lastAgentAudioAt, lastCallerAudioAt].map(each => each?.getTime() ?? 0);
  return {
    agent: view.person ? 'person' : agent === 'ready' ? (speaks ? 'speaking' : 'listening') : 'connecting',
    lastActivityAt: new Date(Math.max(...times)).toISOString(),
  };
}
