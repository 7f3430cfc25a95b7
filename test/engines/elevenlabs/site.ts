import type { Test } from 'tap';
import type { ElevenLabsEngine } from '../../../src/engines/elevenlabs/elevenlabs-engine.ts';
import { createElevenLabsEngine } from '../../../src/engines/elevenlabs/elevenlabs-engine.ts';
import type { SessionLimits } from '../../../src/engines/elevenlabs/session-limits.ts';
import type {
  AgentCallContext,
  EngineEnd,
  EngineListener,
  EngineSession,
} from '../../../src/engines/engine-contract.ts';
import { createEngineMetrics } from '../../../src/engines/engine-metrics.ts';
import { createMetrics, type Metrics } from '../../../src/ops/metrics.ts';
import { testKey } from '../../helpers/agent-twin.ts';

/** One thing that a session told its listener, in order. */
export type Heard =
  | [what: 'ready', formats: Parameters<EngineListener['ready']>[0]]
  | [what: 'audio', base64: string, eventId: number]
  | [what: 'interrupted', eventId: number]
  | [what: 'transcript', role: string, text: string, final: boolean]
  | [what: 'corrected', original: string, corrected: string]
  | [what: 'tool', call: Parameters<EngineListener['toolCall']>[0]]
  | [what: 'queued', waiting: boolean]
  | [what: 'note', type: string, data: Readonly<Record<string, unknown>>]
  | [what: 'ended', end: EngineEnd];

export interface OpenedSession {
  readonly session: EngineSession;
  readonly heard: readonly Heard[];
  readonly ended: Promise<EngineEnd>;
  /** The next thing of this kind that nobody waited for yet. */
  next<W extends Heard[0]>(what: W): Promise<Extract<Heard, [W, ...unknown[]]>>;
  audio(): Buffer;
  /** Sends a clip in frames of 20 ms and the silence that ends a turn. */
  say(bytes: Buffer, silenceMs?: number): void;
}

export interface Site {
  readonly engine: ElevenLabsEngine;
  readonly metrics: Metrics;
  open(context?: Partial<AgentCallContext>): OpenedSession;
}

/** An engine of its own for one test; every session it opened must have ended when the test is over. */
export function startEngine(
  t: Test,
  { baseUrl, agentId, limits }: { baseUrl: string; agentId: string; limits?: Partial<SessionLimits> },
): Site {
  const metrics = createMetrics();
  const engine = createElevenLabsEngine({
    baseUrl,
    apiKey: testKey,
    metrics: createEngineMetrics(metrics),
    timeoutMs: 3_000,
    ...(limits ? { limits } : {}),
    onError: error => t.fail(`a message was not worked through: ${(error as Error).stack}`),
  });
  const opened: OpenedSession[] = [];
  t.teardown(async () => {
    for (const { session } of opened) session.close('test-over');
    await Promise.all(opened.map(each => each.ended));
    for (const { heard } of opened) {
      const ends = heard.filter(([what]) => what === 'ended').length;
      if (ends !== 1 || heard.at(-1)?.[0] !== 'ended') throw new Error(`ended ${ends} times, or not last`);
    }
    await engine.close();
    metrics.stop();
  });
  return {
    engine,
    metrics,
    open(context = {}) {
      const heard: Heard[] = [];
      const taken = new Set<Heard>();
      const waiting = new Set<() => void>();
      let over: (end: EngineEnd) => void = () => undefined;
      const ended = new Promise<EngineEnd>(resolve => {
        over = resolve;
      });
      const note = (...thing: Heard) => {
        heard.push(thing);
        for (const look of waiting) look();
      };
      const listener: EngineListener = {
        ready: formats => note('ready', formats),
        audio: (base64, eventId) => note('audio', String(base64), eventId),
        interrupted: eventId => note('interrupted', eventId),
        transcript: ({ role, text }, final) => note('transcript', role, text, final),
        corrected: (_eventId, original, corrected) => note('corrected', original, corrected),
        toolCall: call => note('tool', call),
        queued: isWaiting => note('queued', isWaiting),
        note: (type, data) => note('note', type, data),
        ended(end) {
          note('ended', end);
          over(end);
        },
      };
      const session = engine.open(
        { callId: 'attempt-1', agent: { vendorAgentId: agentId }, variables: {}, ...context },
        listener,
      );
      const frame = Buffer.alloc(160, 0xff).toString('base64');
      const one: OpenedSession = {
        session,
        heard,
        ended,
        next: what =>
          new Promise((resolve, reject) => {
            const look = () => {
              const found = heard.find(each => each[0] === what && !taken.has(each));
              if (found) {
                taken.add(found);
                waiting.delete(look);
                resolve(found as never);
              } else if (heard.at(-1)?.[0] === 'ended') {
                reject(new Error(`ended before ${what}: ${JSON.stringify(heard.at(-1))}`));
              }
            };
            waiting.add(look);
            look();
          }),
        audio: () =>
          Buffer.concat(heard.flatMap(each => (each[0] === 'audio' ? [Buffer.from(each[1], 'base64')] : []))),
        say(bytes, silenceMs = 1_100) {
          for (let at = 0; at < bytes.length; at += 160) {
            session.sendAudio(bytes.subarray(at, at + 160).toString('base64'));
          }
          for (let at = 0; at < silenceMs; at += 20) session.sendAudio(frame);
        },
      };
      opened.push(one);
      return one;
    },
  };
}
