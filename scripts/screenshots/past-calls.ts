import { randomBytes } from 'node:crypto';
import { Types } from 'mongoose';
import { CallRepository } from '../../src/calls/call-repository.ts';
import { createLogging } from '../../src/ops/logger.ts';
import { createMemoryCache } from '../../src/store/cache.ts';
import { openConnection } from '../../src/store/connection.ts';
import { startEmbedded } from '../../src/store/embedded.ts';
import { createStore } from '../../src/store/open-store.ts';
import { createDice, type InventedPerson } from './invented.ts';

export interface PastCalls {
  /** Where the running product has its store. */
  readonly dataDir: string;
  readonly people: readonly (InventedPerson & { readonly id: string })[];
  readonly agents: readonly { readonly id: string; readonly version: number }[];
  readonly from: readonly string[];
  readonly now: Date;
  readonly days: number;
}

const hourMs = 3_600_000;
const outcomes = [
  ...Array<string>(11).fill('conversation'),
  ...Array<string>(3).fill('voicemail'),
  ...Array<string>(4).fill('no-answer'),
  ...Array<string>(2).fill('busy'),
  'failed',
  'opt-out',
];
const finalStates: Record<string, string> = { 'no-answer': 'no-answer', busy: 'busy', failed: 'failed' };

/** Writes calls of the days before into the store of the running product, which counts them as it counts its own; says how many. */
export async function writePastCalls({ dataDir, people, agents, from, now, days }: PastCalls): Promise<number> {
  const logger = createLogging({ level: 'error', secrets: [], destination: process.stderr }).component('screenshots');
  const embedded = await startEmbedded({ dataDir, logger });
  const link = await openConnection({ uri: embedded.uri, poolMax: 4, logger });
  let clock = now;
  const store = createStore({ link, logger, cache: createMemoryCache(), now: () => clock });
  const calls = new CallRepository(store);
  const dice = createDice();
  const pick = <T>(list: readonly T[]): T => list[Math.floor(dice() * list.length)]!;
  let written = 0;
  try {
    for (let begun = now.getTime() - days * 24 * hourMs; begun < now.getTime() - 5 * 60_000; ) {
      clock = new Date(begun);
      const hour = hourOf(clock);
      const isOpen = hour >= 9 && hour < 19;
      if (isOpen) {
        await calls.begin(callAt(clock));
        written += 1;
      }
      // Busier in the late morning and in the afternoon.
      const busy = Math.abs(hour - 11) < 2 || Math.abs(hour - 15) < 2 ? 3 : 6;
      begun += isOpen ? (0.3 + dice()) * busy * 60_000 : 20 * 60_000;
    }
  } finally {
    await store.close();
    await embedded.close();
  }
  return written;

  function callAt(createdAt: Date): Parameters<CallRepository['begin']>[0] {
    const outcome = pick(outcomes);
    const answered = ['conversation', 'voicemail', 'opt-out'].includes(outcome);
    const seconds =
      outcome === 'conversation' ? 35 + Math.floor(dice() * 190) : answered ? 12 + Math.floor(dice() * 20) : 0;
    const answeredAt = new Date(createdAt.getTime() + 6_000 + dice() * 9_000);
    const micros = seconds === 0 ? 0 : Math.ceil(seconds / 60) * 14_000 + seconds * 1_333;
    const person = pick(people);
    const agent = pick(agents);
    return {
      direction: 'outbound',
      to: person.phone,
      from: pick(from),
      sid: `CA${randomBytes(16).toString('hex')}`,
      state: (finalStates[outcome] ?? 'completed') as never,
      outcome: outcome as never,
      result:
        outcome === 'opt-out' ? 'opt-out' : outcome === 'conversation' && dice() < 0.35 ? 'appointment-booked' : 'none',
      dialledAt: createdAt,
      answeredAt: answered ? answeredAt : null,
      endedAt: new Date((answered ? answeredAt.getTime() : createdAt.getTime() + 20_000) + seconds * 1_000),
      durationSeconds: seconds,
      answeredBy: answered ? (outcome === 'voicemail' ? 'machine_start' : 'human') : null,
      terminationSource: (answered ? pick(['elevenlabs', 'twilio']) : 'twilio') as never,
      contactId: new Types.ObjectId(person.id),
      contactName: person.name,
      agentId: new Types.ObjectId(agent.id),
      agentVersion: agent.version,
      latency: answered
        ? {
            firstWordMs: 350 + dice() * 500,
            turnsMs: Array.from({ length: 6 }, () => Math.round(380 + dice() * dice() * 1_100)),
          }
        : null,
      cost: { parts: [], micros, currency: 'USD', estimated: true, missing: [] },
      figuresDue: true,
    };
  }
}

const hourOf = (moment: Date): number =>
  Number(
    new Intl.DateTimeFormat('en-GB', { hour: 'numeric', hourCycle: 'h23', timeZone: 'America/Chicago' }).format(moment),
  );
