import type { SessionView } from '../bridge/bridge.types.ts';

/** What the agent of a live call does, as far as its sockets show. */
export interface CallActivity {
  readonly agent: 'connecting' | 'speaking' | 'listening' | 'thinking' | 'using-tool' | 'person';
  /** The tool, while one is used. */
  readonly step?: string;
  readonly lastActivityAt: string;
}

/** Agents send an answer faster than it is played: while audio waits to be heard, the agent speaks. */
const waitingMs = 100;
const justSentMs = 400;
/** Whoever has not answered after that waits for more words. */
const longestThoughtMs = 10_000;

export function activityOf(view: SessionView, now: Date): CallActivity {
  const { startedAt, lastAgentAudioAt, lastCallerAudioAt } = view;
  const times = [startedAt, lastAgentAudioAt, lastCallerAudioAt].map(each => each?.getTime() ?? 0);
  const agent = doingOf(view, now.getTime());
  return {
    agent,
    ...(agent === 'using-tool' && view.tool ? { step: view.tool } : {}),
    lastActivityAt: new Date(Math.max(...times)).toISOString(),
  };
}

function doingOf(view: SessionView, now: number): CallActivity['agent'] {
  const { agent, person, tool, lastAgentAudioAt, queuedMs, waitsSince } = view;
  if (person) return 'person';
  if (agent !== 'ready') return 'connecting';
  // What is heard counts: an agent may say that it looks something up while it does.
  if (queuedMs > waitingMs || (lastAgentAudioAt !== null && now - lastAgentAudioAt.getTime() < justSentMs))
    return 'speaking';
  if (tool !== null) return 'using-tool';
  return waitsSince !== null && now - waitsSince.getTime() < longestThoughtMs ? 'thinking' : 'listening';
}
