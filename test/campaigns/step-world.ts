import { Types } from 'mongoose';
import type {
  ClaimedPerson,
  DialDecision,
  DialerWorld,
  DialledCampaign,
  DialResult,
} from '../../src/campaigns/dialer.types.ts';
import { reserveAgainAt, reserveMoments } from '../../src/campaigns/pacer.ts';
import { type mayDial, policyVersion, type Verdict } from '../../src/compliance/may-dial.ts';

export interface WaitingPerson {
  name: string;
  dueAt: number;
  /** What is said when somebody asks about them, or a dial is tried. */
  verdict?: Partial<Verdict>;
  result?: DialResult;
}

const start = Date.UTC(2026, 10, 23, 15);

export const verdictOf = (fields: Partial<Verdict>): ReturnType<typeof mayDial> => ({
  allowed: false,
  code: null,
  rule: null,
  message: null,
  permanent: false,
  dueAt: null,
  at: new Date(start).toISOString(),
  policyVersion,
  subject: { to: null, from: null, contentClass: null, vouchedBy: null },
  rules: [],
  ...fields,
});

/** A world of one campaign whose clock jumps to the next thing that somebody waits for. */
export function stepWorld(people: WaitingPerson[], { callsPerSecond = 1, judgeMs = 0 } = {}) {
  let now = start;
  let free = 0;
  const campaign: DialledCampaign = { id: 'c', callsPerSecond, priority: 0 };
  const waiting = new Set(people);
  const claimed = new Map<string, WaitingPerson>();
  const dialled: { name: string; at: number }[] = [];
  const blocked: string[] = [];
  const notes: DialDecision[] = [];
  const accountTurns: (number | null)[] = [];
  const due = () => [...waiting].filter(each => each.dueAt <= now).sort((one, other) => one.dueAt - other.dueAt);
  const world: DialerWorld = {
    now: () => now,
    until: async moment => {
      now = Math.max(now, moment);
    },
    queue: {
      look: async (_id, most) => ({
        due: Math.min(most, due().length),
        next: waiting.size === 0 ? null : new Date(Math.min(...[...waiting].map(({ dueAt }) => dueAt))),
      }),
      claim: async () => {
        const [next] = due();
        if (!next) return null;
        waiting.delete(next);
        const id = new Types.ObjectId().toHexString();
        claimed.set(id, next);
        const person: ClaimedPerson = {
          id,
          campaignId: 'c',
          contactId: next.name,
          phone: '+13125550142',
          attempt: 1,
          callId: new Types.ObjectId().toHexString(),
          priority: 0,
          dueAt: new Date(next.dueAt),
          bookedFor: null,
          outcomes: [],
          variant: null,
          lastRefusal: null,
        };
        return person;
      },
      putBack: async (person, dueAt) => {
        const back = claimed.get(person.id)!;
        waiting.add(Object.assign(back, { dueAt: dueAt.getTime() }));
        return true;
      },
      block: async person => {
        blocked.push(claimed.get(person.id)!.name);
        return true;
      },
    },
    pacing: {
      reserve: async ({ callsPerSecond }, most, at) => {
        const { moments, next } = reserveMoments(free, at, 1000 / callsPerSecond, most);
        free = next;
        return { moments, askAgainAt: reserveAgainAt(next) };
      },
      onTime: async (_campaign, moment) => moment,
      shift: (_campaign, moment) => moment,
      accountTurn: async (_campaign, at) => (accountTurns.length > 0 ? accountTurns.shift()! : at),
    },
    room: async () => ({ calls: 100, askAgainAt: null }),
    judge: async person => {
      now += judgeMs;
      return verdictOf({ allowed: true, ...claimed.get(person.id)!.verdict });
    },
    dial: async (person, _campaign, _verdict, turn) => {
      const who = claimed.get(person.id)!;
      if (who.result) return who.result;
      if ((await turn()) === null) return { kind: 'held', code: 'PACE', message: 'no turn', retryAt: null };
      dialled.push({ name: who.name, at: now - start });
      return { kind: 'dialled', callId: person.callId };
    },
    note: decision => void notes.push(decision),
  };
  return {
    world,
    campaign,
    dialled,
    blocked,
    notes,
    waiting,
    accountTurns,
    start,
    get now() {
      return now;
    },
    set now(moment: number) {
      now = moment;
    },
  };
}
