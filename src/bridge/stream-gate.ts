import type { Duplex } from 'node:stream';
import type { WebSocket } from 'ws';
import type { Engine, EngineKind } from '../engines/engine-contract.ts';
import { AppError } from '../errors.ts';
import type { StreamStart } from '../telephony/stream-protocol.ts';
import type { CallPlan } from './bridge.types.ts';
import { CallSession } from './call-session.ts';
import type { Sessions } from './registry.ts';
import type { SessionParts } from './session-parts.ts';
import { StreamSocket } from './stream-socket.ts';

/** Why a media socket did not become a session. */
export const streamRefusals = ['no-start', 'no-token', 'refused', 'no-engine', 'too-many', 'failed'] as const;
export type StreamRefusal = (typeof streamRefusals)[number];

export interface StreamGateOptions extends SessionParts {
  readonly sessions: Sessions;
  readonly engine: (kind: EngineKind) => Engine | undefined;
  readonly onRefused: (reason: StreamRefusal, detail: { readonly callSid?: string; readonly code?: string }) => void;
  readonly onError: (error: unknown) => void;
}

/** Sockets that have not shown yet what they are. */
const mostNewcomers = 500;
/** WebSocket codes: what a stranger did is not allowed; we cannot take this now; a mistake of ours. */
const notAllowed = 1008;
const tryLater = 1013;
const ourMistake = 1011;

/** Lets media sockets in: each has to say `start` soon and bring a token that the calls feature redeems. */
export function createStreamGate(options: StreamGateOptions) {
  const { clock, pulse, rules, desk, sessions } = options;
  let newcomers = 0;

  const refuse = (stream: StreamSocket, code: number, reason: StreamRefusal, detail = {}) => {
    options.onRefused(reason, detail);
    stream.close(code);
  };

  const admit = async (stream: StreamSocket, { callSid, streamSid, parameters }: StreamStart) => {
    const token = parameters['token'];
    if (!token) return refuse(stream, notAllowed, 'no-token', { callSid });
    let plan: CallPlan;
    try {
      plan = await desk.admit({ token, callSid, streamSid });
    } catch (error) {
      const code = error instanceof AppError ? error.code : undefined;
      if (!code) options.onError(error);
      return refuse(stream, code ? notAllowed : ourMistake, code ? 'refused' : 'failed', { callSid, code });
    }
    const known = sessions.bySid(plan.callSid);
    // The token was made for this call and used once, so the carrier has left the stream before, whether we noticed or not.
    if (known?.isOpen) return known.resume(stream);
    const engine = options.engine(plan.agent.engine);
    if (!engine) {
      const ending = { source: 'system', reason: 'agent-unavailable', detail: { engine: plan.agent.engine } } as const;
      await desk.end(plan.callId, ending);
      return refuse(stream, ourMistake, 'no-engine', { callSid });
    }
    const session = new CallSession(plan, engine, options);
    sessions.add(session);
    session.start(stream, () => sessions.remove(session));
    if (sessions.isLeaving) session.leave();
  };

  return {
    get newcomers() {
      return newcomers;
    },
    /** Takes a socket whose upgrade the carrier signed. */
    accept(socket: WebSocket, wire: Duplex): void {
      const stream = new StreamSocket(socket, wire, clock);
      if (newcomers >= mostNewcomers) return void refuse(stream, tryLater, 'too-many');
      newcomers += 1;
      const since = clock.now();
      let settled = false;
      const settle = () => {
        if (settled) return;
        settled = true;
        stop();
        newcomers -= 1;
      };
      const stop = pulse.add(now => {
        if (now - since < rules.startMs) return;
        settle();
        refuse(stream, notAllowed, 'no-start');
      });
      stream.expect(start => {
        settle();
        admit(stream, start).catch(error => {
          options.onError(error);
          refuse(stream, ourMistake, 'failed', { callSid: start.callSid });
        });
      }, settle);
    },
  };
}

export type StreamGate = ReturnType<typeof createStreamGate>;
