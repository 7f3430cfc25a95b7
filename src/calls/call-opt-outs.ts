import type { AgentDirectory } from '../agents/agents.types.ts';
import type { CallJournal, SessionRegistry, SpokenTurn } from '../bridge/bridge.types.ts';
import { isYes, type OptOutWords, optOutIn } from '../compliance/opt-out-phrases.ts';
import { isE164 } from '../compliance/phone.ts';
import type { OptOutEvidence, Suppressions } from '../contacts/suppressions.types.ts';
import type { Clock } from '../jobs/clock.ts';
import type { Logger } from '../ops/logger.ts';
import type { CallLifecycle } from './call-lifecycle.ts';
import { endingReasons } from './call-outcome.ts';
import type { CallRepository } from './call-repository.ts';

export interface CallOptOutOptions {
  readonly calls: Pick<CallRepository, 'findById' | 'changeById'>;
  readonly agents: Pick<AgentDirectory, 'version'>;
  readonly suppressions: Pick<Suppressions, 'add'>;
  readonly sessions: () => Pick<SessionRegistry, 'get'> | undefined;
  readonly journal: CallJournal;
  readonly lifecycle: Pick<CallLifecycle, 'changed'>;
  readonly clock: Clock;
  readonly logger: Logger;
}

export interface CallOptOuts {
  /** The journal for sessions: whatever they write down is looked at for somebody who wants no more calls. */
  readonly journal: CallJournal;
  /** A call is over: who was asked whether all calls should stop and hung up has answered. */
  ended(callId: string): void;
  settled(): Promise<void>;
}

/** The key that stops calls; the agents' texts and the spoken ones say so. */
export const optOutKey = '9';

/** Words that may still change are looked at once they have stood for so long. */
const settledMs = 600;
/** Before the goodbye the block is in the store, if the store does not take longer than this. */
const patienceMs = 2_000;
const retriesMs = [200, 500, 1_000, 2_000, 5_000, 15_000, 60_000, 300_000];

const goodbye = {
  en: 'You will not be called again. Goodbye.',
  es: 'No le volveremos a llamar. Adiós.',
} as const;
const confirm =
  'The person asked not to be called at a certain time. Before anything else, ask in one short sentence whether all calls to them ' +
  'should stop. If they say yes, the call ends by itself.';

interface Heard {
  readonly words: OptOutWords;
  readonly index: number;
  readonly turn: SpokenTurn;
}

/**
 * Hears on calls that somebody wants no more of them, by words and by the key, whatever the agent makes of it. The block is written
 * with its evidence first, then the call is ended politely.
 */
export function createCallOptOuts(options: CallOptOutOptions): CallOptOuts {
  const { calls, suppressions, journal, clock, logger } = options;
  /** Who was asked whether all calls should stop. */
  const asked = new Map<string, Heard>();
  const waiting = new Map<string, () => void>();
  const done = new Set<string>();
  const working = new Set<Promise<unknown>>();

  const keep = async (work: () => Promise<void>): Promise<void> => {
    for (const waitMs of [...retriesMs, null]) {
      try {
        return await work();
      } catch (err) {
        logger.error({ err, again: waitMs }, 'an opt-out on a call could not be written down');
        if (waitMs === null) return;
        await new Promise<void>(resolve => clock.after(waitMs, resolve));
      }
    }
  };

  async function write(callId: string, source: 'call-key' | 'call-speech', evidence: Omit<OptOutEvidence, 'callId'>) {
    const call = await calls.findById(callId);
    if (!call) return;
    const person = call.direction === 'inbound' ? call.from : call.to;
    const reason = source === 'call-key' ? `Pressed ${optOutKey} on a call` : 'Said so on a call';
    if (isE164(person)) await suppressions.add(person, reason, source, { callId, ...evidence });
    options.lifecycle.changed(await calls.changeById(callId, { $set: { result: endingReasons.optOut } }), ['result']);
  }

  async function languageOf(callId: string): Promise<keyof typeof goodbye> {
    const call = await calls.findById(callId);
    const agent = call?.agentId && (await options.agents.version(call.agentId.toHexString(), call.agentVersion ?? 1));
    return agent?.overrides.language?.startsWith('es') ? 'es' : 'en';
  }

  /** Once for a call, however often it is said. */
  function optOut(
    callId: string,
    source: 'call-key' | 'call-speech',
    evidence: Omit<OptOutEvidence, 'callId'>,
    language?: keyof typeof goodbye,
  ): void {
    if (done.has(callId)) return;
    done.add(callId);
    asked.delete(callId);
    const { words, ...place } = evidence;
    journal.event(callId, 'call.opt-out', 'system', { by: source === 'call-key' ? 'key' : 'speech', ...place });
    const written = keep(() => write(callId, source, evidence));
    const patience = new Promise<void>(resolve => clock.after(patienceMs, resolve));
    const ended = Promise.race([written, patience]).then(async () => {
      const session = options.sessions()?.get(callId);
      // A person who has the call says goodbye in their own words.
      if (!session || session.people.speaker != null) return;
      const spoken = goodbye[language ?? (await languageOf(callId).catch(() => 'en' as const))];
      session.sayAndEnd(spoken, { source: 'system', reason: endingReasons.optOut }, { atOnce: true });
    });
    for (const work of [written, ended]) {
      const guarded = work
        .catch(err => logger.error({ err }, 'a call could not be ended after an opt-out'))
        .finally(() => working.delete(guarded));
      working.add(guarded);
    }
  }

  const evidenceOf = ({ index, turn }: Pick<Heard, 'index' | 'turn'>) => ({
    turn: index,
    atMs: turn.startMs,
    words: turn.text.slice(0, 300),
  });

  function heard(callId: string, index: number, turn: SpokenTurn): void {
    waiting.delete(callId);
    const words = optOutIn(turn.text);
    const before = asked.get(callId);
    if (before && index > before.index && !words) {
      asked.delete(callId);
      if (isYes(turn.text)) optOut(callId, 'call-speech', evidenceOf(before), before.words.language);
    } else if (words?.strength === 'hard') {
      optOut(callId, 'call-speech', evidenceOf({ index, turn }), words.language);
    } else if (words && !before) {
      asked.set(callId, { words, index, turn });
      options.sessions()?.get(callId)?.addContext(confirm);
    }
  }

  return {
    journal: {
      ...journal,
      event(callId, type, source, data, at) {
        journal.event(callId, type, source, data, at);
        if (type === 'dtmf' && data?.['digit'] === optOutKey)
          optOut(callId, 'call-key', { turn: null, atMs: null, words: null });
      },
      turn(callId, index, turn) {
        journal.turn(callId, index, turn);
        if (turn.role !== 'caller' || done.has(callId)) return;
        waiting.get(callId)?.();
        waiting.set(
          callId,
          clock.after(settledMs, () => heard(callId, index, turn)),
        );
      },
    },
    ended(callId) {
      waiting.get(callId)?.();
      waiting.delete(callId);
      const before = asked.get(callId);
      if (before) optOut(callId, 'call-speech', evidenceOf(before), before.words.language);
      done.delete(callId);
      asked.delete(callId);
    },
    async settled() {
      await Promise.all(working);
    },
  };
}
