import type { Metrics } from '../ops/metrics.ts';
import type { MediaFigures } from './bridge.types.ts';
import type { Pulse } from './pulse.ts';
import type { Sessions } from './registry.ts';
import type { SessionObserver } from './session-observer.ts';
import type { StreamRefusal } from './stream-gate.ts';

const latencyBuckets = [0.1, 0.25, 0.5, 0.75, 1, 1.5, 2, 3, 4, 6, 10] as const;
const addedBuckets = [0.001, 0.0025, 0.005, 0.01, 0.02, 0.04, 0.08, 0.15, 0.3, 1] as const;
const states = ['connecting', 'talking', 'ending', 'waiting-for-stream'] as const;
const sources = new Set(['elevenlabs', 'twilio', 'api', 'amd', 'system', 'websocket']);
const codes = new Set([1000, 1001, 1002, 1005, 1006, 1007, 1008, 1009, 1011, 1012, 1013, 3000, 3008, 4300]);
/** Why agents fail, as engines name it; whatever else they say is counted as `other`. */
const failures = new Set([
  'agent-lost',
  'agent-not-ready',
  'agent-queue-full',
  'agent-stuck',
  'connection-lost',
  'credentials-refused',
  'credits-exhausted',
  'limit-reached',
  'override-refused',
  'policy-violation',
  'refused-at-start',
  'start-timeout',
  'unreachable',
  'variable-missing',
  'vendor-crashed',
  'vendor-failed',
]);
const counted = [
  'callerFrames',
  'agentFrames',
  'gaps',
  'dropped',
  'agentDropped',
  'late',
  'coalesced',
  'interruptions',
] as const;

/** What the sessions of this process look like from outside. Frames are counted when somebody asks, never one by one. */
export function createSessionMetrics(metrics: Metrics, sessions: Sessions, pulse: Pulse) {
  const ended = nothingCounted();
  const told = nothingCounted();

  metrics.gauge('sessions', 'Live sessions by what they do.', ['state'], gauge => {
    const now = new Map<string, number>(states.map(state => [state, 0]));
    const views = sessions.all().map(session => session.view());
    for (const { state } of views) now.set(state, (now.get(state) ?? 0) + 1);
    for (const [state, count] of now) gauge.set({ state }, count);
    for (const kind of counted) {
      const total = views.reduce((sum, view) => sum + view.figures[kind], ended[kind]);
      media.inc({ kind: mediaKinds[kind] }, Math.max(0, total - told[kind]));
      told[kind] = Math.max(told[kind], total);
    }
  });
  metrics.gauge('sessions_peak', 'Most sessions at once since the process started.', [], gauge => {
    gauge.set(sessions.peak);
  });
  const media = metrics.counter('media_events_total', 'Audio frames and what happened to them.', ['kind']);
  const starts = metrics.counter('sessions_started_total', 'Sessions begun.');
  const ends = metrics.counter('sessions_ended_total', 'Sessions by who ended the call.', ['source']);
  const refusals = metrics.counter('streams_refused_total', 'Media sockets that did not become a session.', ['reason']);
  const losses = metrics.counter('session_sockets_lost_total', 'Sockets lost in the middle of a call.', [
    'side',
    'code',
  ]);
  const failed = metrics.counter('agent_failures_total', 'Calls that lost their agent for good.', ['reason']);
  const connect = metrics.histogram(
    'stream_to_agent_seconds',
    'From the start of a stream to a ready agent.',
    latencyBuckets,
  );
  const firstWord = metrics.histogram(
    'first_word_seconds',
    'From the answer to the agent’s first sound.',
    latencyBuckets,
  );
  const turn = metrics.histogram('turn_seconds', 'From the caller’s last sound to the agent’s first.', latencyBuckets);
  const added = metrics.histogram(
    'media_added_seconds',
    'What audio waits in this process, looked at once a second.',
    addedBuckets,
  );

  const observer: SessionObserver = {
    started: () => starts.inc(),
    agentReady: ms => connect.observe(ms / 1_000),
    firstWord: ms => firstWord.observe(ms / 1_000),
    turn: ms => turn.observe(ms / 1_000),
    lost: (side, code) => losses.inc({ side, code: code !== null && codes.has(code) ? String(code) : 'other' }),
    agentFailed: reason => failed.inc({ reason: failures.has(reason) ? reason : 'other' }),
    ended(source, figures) {
      ends.inc({ source: sources.has(source) ? source : 'system' });
      for (const kind of counted) ended[kind] += figures[kind];
    },
  };
  return {
    observer,
    refused: (reason: StreamRefusal) => refusals.inc({ reason }),
    /** To be called once a second. */
    sample: () => {
      if (sessions.size > 0) added.observe(pulse.latenessMs / 1_000);
    },
  };
}

const nothingCounted = () =>
  Object.fromEntries(counted.map(kind => [kind, 0])) as Record<(typeof counted)[number], number>;
const mediaKinds: Record<(typeof counted)[number] & keyof MediaFigures, string> = {
  callerFrames: 'caller-frame',
  agentFrames: 'agent-frame',
  gaps: 'gap',
  dropped: 'dropped',
  agentDropped: 'agent-dropped',
  late: 'late',
  coalesced: 'coalesced',
  interruptions: 'interruption',
};
