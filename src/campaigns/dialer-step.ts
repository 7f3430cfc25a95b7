import type { Verdict } from '../compliance/may-dial.ts';
import type { ClaimedPerson, DialDecision, DialerWorld, DialledCampaign, DialResult } from './dialer.types.ts';
import { clockSkewMs } from './pacer.ts';

/** What came of one reserved moment. */
export type Turn =
  | { readonly kind: 'dialled' | 'in-doubt' | 'failed'; readonly person: ClaimedPerson; readonly refused: number }
  /** Nobody was due any more, or the time was used up by people who may not be called now. */
  | { readonly kind: 'nobody' | 'missed'; readonly refused: number }
  | {
      readonly kind: 'held';
      readonly code: string;
      readonly message: string;
      readonly retryAt: number | null;
      readonly refused: number;
    };

export interface Step {
  /** One for each reserved moment; they go on while the next step begins. */
  readonly turns: readonly Promise<Turn>[];
  /** When the next step makes sense, unless something wakes the dialer before; null when nobody waits for anything. */
  readonly again: number | null;
}

/** What all of the campaign's people wait for: asking the next person about it would be told the same. */
const campaignWide: ReadonlySet<string> = new Set([
  'KILL_SWITCH',
  'CONTENT_CLASS_NOT_AVAILABLE',
  'EMERGENCY_NOT_AUTHORISED',
  'CALLER_ID_NOT_OWNED',
  'ATTESTATION_TOO_LOW',
  'DISCLOSURE_MISSING',
  'RECORDING_POLICY_MISSING',
  'CAMPAIGN_ABANDON_RATE',
]);

/** Where a verdict names no time: a number that is in a call is free soon, what cannot be found out may be in a minute. */
const waitMs: Readonly<Record<string, number>> = { NUMBER_IN_CALL: 2 * 60_000, VERDICT_INCOMPLETE: 60_000 };
const otherWaitMs = 15 * 60_000;
/** A moment that is used later than this, and than half its distance to the next one, would come too close to the next. */
const mostLateMs = 500;
/** So late is every machine now and then. */
const leastLateMs = 100;
/** Refusals of the same kind are told once a day. */
const dayMs = 86_400_000;
/** How long people are asked for one moment at most. */
const askForMs = 2_000;

/**
 * One step of the dialer for one campaign: as many of those due as there is room and pace for are claimed, judged and dialled, each at a
 * moment of its own. It knows no clock, store or carrier but those of the world it is given.
 */
export async function dialStep<C extends DialledCampaign>(
  world: DialerWorld<C>,
  campaign: C,
  most: number,
): Promise<Step> {
  const now = world.now();
  const early = world.pacing.nextAt?.(campaign, now) ?? null;
  if (early !== null) return { turns: [], again: early };
  const room = await world.room(campaign);
  if (room.calls < 1) return { turns: [], again: room.askAgainAt };
  const { due, next } = await world.queue.look(campaign.id, Math.min(most, room.calls), new Date(now));
  if (due === 0) return { turns: [], again: next?.getTime() ?? null };
  const { moments, askAgainAt } = await world.pacing.reserve(campaign, Math.min(most, due, room.calls), now);
  return { turns: moments.map(moment => useMoment(world, campaign, moment)), again: askAgainAt };
}

/** Finds somebody who may be called and dials at this moment; whoever may not be called now goes back or is blocked. */
async function useMoment<C extends DialledCampaign>(world: DialerWorld<C>, campaign: C, moment: number): Promise<Turn> {
  const now = world.now();
  const giveUpAt = (moment === Infinity ? now : Math.max(now, moment)) + askForMs;
  for (let refused = 0; ; ) {
    if (world.now() > giveUpAt) return { kind: 'missed', refused };
    const person = await world.queue.claim(campaign.id, new Date(world.now()));
    if (!person) return { kind: 'nobody', refused };
    const judged = await world.judge(person, campaign);
    const result: DialResult = judged.allowed
      ? await world.dial(person, campaign, judged, aheadMs => turnCame(world, campaign, moment, aheadMs))
      : { kind: 'refused', verdict: judged };
    switch (result.kind) {
      case 'dialled':
        tell(world, campaign, { type: 'contact.dialled', person, text: `Attempt ${person.attempt} was dialled.` });
        return { kind: 'dialled', person, refused };
      case 'in-doubt':
        tell(world, campaign, {
          type: 'contact.in-doubt',
          person,
          text: `Whether attempt ${person.attempt} rings is not known; the carrier is asked.`,
        });
        return { kind: 'in-doubt', person, refused };
      case 'failed':
        tell(world, campaign, { type: 'contact.failed', person, code: result.code, text: result.message });
        return { kind: 'failed', person, refused };
      case 'held':
        await world.queue.putBack(person, person.dueAt, null);
        return { ...result, refused };
      case 'lost':
        break;
      case 'refused': {
        refused += 1;
        const held = await refuse(world, campaign, person, result.verdict);
        if (held) return { ...held, refused };
      }
    }
  }
}

/** Puts a person back, or blocks them; what concerns the whole campaign leaves them where they were and holds it. */
async function refuse<C extends DialledCampaign>(
  world: DialerWorld<C>,
  campaign: C,
  person: ClaimedPerson,
  verdict: Verdict,
): Promise<Extract<DialResult, { kind: 'held' }> | null> {
  const code = verdict.code ?? 'VERDICT_INCOMPLETE';
  const message = verdict.message ?? 'This person may not be called now.';
  if (campaignWide.has(code)) {
    await world.queue.putBack(person, person.dueAt, null);
    return { kind: 'held', code, message, retryAt: verdict.dueAt ? Date.parse(verdict.dueAt) : null };
  }
  const dueAt = verdict.permanent ? null : dueAfter(verdict, code, world.now());
  const done = dueAt ? await world.queue.putBack(person, dueAt, verdict) : await world.queue.block(person, verdict);
  const before = person.lastRefusal;
  const isNews = before?.code !== code || world.now() - before.at.getTime() >= dayMs;
  if (done && isNews) tell(world, campaign, { type: 'contact.refused', person, code, text: message, dueAt });
  return null;
}

/** When it makes sense to ask about this person again. */
export function dueAfter({ dueAt }: Pick<Verdict, 'dueAt'>, code: string, now: number): Date {
  const told = dueAt === null ? Number.NaN : Date.parse(dueAt);
  return new Date(told > now ? told : now + (waitMs[code] ?? otherWaitMs));
}

/** The account's moment behind the campaign's own, `aheadMs` before it comes; null when there is none soon. */
async function turnCame<C extends DialledCampaign>(
  world: DialerWorld<C>,
  campaign: C,
  moment: number,
  aheadMs = 0,
): Promise<number | null> {
  const mayBeLateMs = Math.min(mostLateMs, Math.max(leastLateMs, 500 / campaign.callsPerSecond));
  let own = moment;
  if (world.now() > moment + mayBeLateMs) {
    // It took so long to find somebody that the next moment would follow too soon.
    const { moments } = await world.pacing.reserve(campaign, 1, world.now());
    if (moments[0] === undefined) return null;
    own = moments[0];
  }
  const turn = await world.pacing.accountTurn(campaign, own, aheadMs);
  // One that lies far ahead was given out while the clock was set back: until then everybody behind them would wait as well.
  if (turn === null || turn > world.now() + aheadMs + clockSkewMs) return null;
  await world.until(turn - aheadMs);
  return turn;
}

function tell<C extends DialledCampaign>(
  world: DialerWorld<C>,
  campaign: C,
  decision: Pick<DialDecision, 'type' | 'person' | 'text'> & Partial<DialDecision>,
): void {
  world.note({ at: world.now(), code: null, dueAt: null, ...decision }, campaign);
}
