/** Where a session stands towards its caller. */
export const sessionStates = ['connecting', 'talking', 'waiting-for-stream', 'ending', 'closed'] as const;
export type SessionState = (typeof sessionStates)[number];

export type SessionEvent = 'agentReady' | 'streamLost' | 'streamBack' | 'endingBegan' | 'ended';

const sessionTable: Record<SessionState, Partial<Record<SessionEvent, SessionState>>> = {
  connecting: { agentReady: 'talking', streamLost: 'waiting-for-stream', endingBegan: 'ending', ended: 'closed' },
  talking: { streamLost: 'waiting-for-stream', endingBegan: 'ending', ended: 'closed' },
  // Whoever comes back may find the agent gone or still to come, so the way leads through `connecting`.
  'waiting-for-stream': { streamBack: 'connecting', ended: 'closed' },
  ending: { ended: 'closed' },
  closed: {},
};

/** No entry means late or repeated, which networks do; the session stays where it is. */
export const nextSessionState = (state: SessionState, event: SessionEvent): SessionState =>
  sessionTable[state][event] ?? state;

/** Where its agent stands. */
export const agentStates = ['connecting', 'queued', 'ready', 'reopening', 'closed'] as const;
export type AgentState = (typeof agentStates)[number];

export type AgentEvent = 'ready' | 'waiting' | 'admitted' | 'lost' | 'gone' | 'wanted';

const agentTable: Record<AgentState, Partial<Record<AgentEvent, AgentState>>> = {
  connecting: { ready: 'ready', waiting: 'queued', lost: 'reopening', gone: 'closed' },
  queued: { admitted: 'ready', lost: 'reopening', gone: 'closed' },
  ready: { waiting: 'queued', lost: 'reopening', gone: 'closed' },
  reopening: { ready: 'ready', waiting: 'queued', gone: 'closed' },
  // Only where a person had the call when the agent left it.
  closed: { wanted: 'reopening' },
};

export const nextAgentState = (state: AgentState, event: AgentEvent): AgentState => agentTable[state][event] ?? state;
