import type { AgentDirectory } from '../agents/agents.types.ts';
import type { Admission, CampaignCallOrder, CampaignCalls, ClaimState } from '../calls/calls.types.ts';
import { abandonmentMs } from '../compliance/abandonment.ts';
import type { Verdict } from '../compliance/may-dial.ts';
import { readDisclosure } from '../compliance/spoken-disclosure.ts';
import type { Contacts } from '../contacts/contacts.types.ts';
import { isEngineError } from '../engines/engine-error.ts';
import { AppError } from '../errors.ts';
import type { Logger } from '../ops/logger.ts';
import { answered } from '../store/gathered.ts';
import type { Stored } from '../store/schema.ts';
import { type Circuits, circuitOf, tellOfCircuits } from './breaker-circuits.ts';
import type { CampaignContactRepository } from './campaign-contact-repository.ts';
import type { Campaign } from './campaign-document.ts';
import { resultOf } from './dial-results.ts';
import type { ClaimedPerson, DialDecision, DialerMoves, DialerWorld, DialledCampaign, Pacing } from './dialer.types.ts';
import type { DialBudget } from './dialer-budget.types.ts';
import { waitUntil } from './dialer-clock.ts';
import { createLead } from './dialer-lead.ts';
import { orderFor } from './dialer-order.ts';
import { dialledLeaseMs, type RunningDialQueue } from './dialer-queue.ts';
import type { ReadyWindow } from './dialer-window.ts';

/** A campaign as its loop in this process has it. */
export interface RunningCampaign extends DialledCampaign {
  /** As it was read last. */
  document: Stored<Campaign>;
  /** Turns that are under way. */
  pending: number;
  /** Those of them that have their moment. */
  planned: number;
  /** Those of them that have their place. */
  seated: number;
  /** How many turns were begun. */
  begun: number;
  /** How many are got ready at once. */
  readonly window: ReadyWindow;
  /** Nobody is claimed before then, from when on that was said. */
  heldUntil: number;
  heldSince: number;
}

export interface DialerWorldOptions {
  readonly queue: RunningDialQueue;
  readonly pacing: Pacing;
  readonly people: Pick<CampaignContactRepository, 'keepClaims'>;
  readonly calls: CampaignCalls;
  readonly admission: Pick<Admission, 'placesLeft'>;
  readonly contacts: Pick<Contacts, 'byId'>;
  readonly agents: Pick<AgentDirectory, 'current' | 'byDefault'>;
  /** The campaign as the store has it now. */
  readonly campaign: (id: string) => Promise<Stored<Campaign> | null>;
  readonly budget: DialBudget;
  readonly circuits: Circuits;
  readonly moves: DialerMoves;
  readonly owner: string;
  readonly companyName: string | undefined;
  readonly maxMinutes: number;
  readonly logger: Logger;
  readonly now: () => Date;
}

const abandonmentHoldsMs = 60_000;
const lastLookMs = 100;
/** A clock that is set back by less than this is waited for. */
const clockSkewMs = 5_000;
const placesHoldMs = 1_000;
/** Other processes take places, too; that nobody has more than there are, the places themselves see to. */
const plentyPlaces = 100;
/** Places are looked for again after this, unless a call ends before. */
const fullMs = 500;

/** The world in which real people are called. */
export function createDialerWorld(options: DialerWorldOptions): DialerWorld<RunningCampaign> {
  const { calls, contacts, circuits, moves, budget, queue, pacing, logger, now } = options;
  const lead = createLead();
  const orders = new WeakMap<ClaimedPerson, CampaignCallOrder>();
  const begun = new WeakMap<ClaimedPerson, number>();
  const engines = new Map<string, string>();
  const abandonments = new Map<
    string,
    { readonly at: number; readonly rate: ReturnType<CampaignCalls['abandonment']> }
  >();

  async function abandonment(id: string): ReturnType<CampaignCalls['abandonment']> {
    const at = now().getTime();
    const known = abandonments.get(id);
    if (known && at - known.at < abandonmentHoldsMs && at >= known.at) return known.rate;
    const rate = calls.abandonment(id, new Date(at - abandonmentMs));
    abandonments.set(id, { at, rate });
    rate.catch(() => abandonments.delete(id));
    return rate;
  }

  /** Dialling on would make it worse: somebody has to find out why people who answer hear nobody. */
  async function pauseForAbandonment({ id }: RunningCampaign, { message }: Verdict): Promise<void> {
    const cause = { code: 'abandonment', message: message ?? 'Too many people who answered heard nobody.' };
    await moves
      .pause(id, cause)
      .catch(err =>
        logger.warn({ err, campaignId: id }, 'a campaign could not be paused yet; it dials nobody meanwhile'),
      );
  }

  /** What the first message leaves out; nobody else can tell a campaign that has no seller what it must say. */
  async function disclosure(agentId: string | null, { seller }: Stored<Campaign>) {
    const agent = await (agentId === null ? options.agents.byDefault() : options.agents.current(agentId));
    if (agent.firstMessage === null || agent.firstMessage.trim() === '') return { missing: 'unreadable' as const };
    const names = [seller?.legalName, agent.business, options.companyName];
    const sellers = names.filter(name => name !== undefined && name !== null && name !== '') as string[];
    return { missing: readDisclosure(agent.firstMessage, { sellers, wayOut: true }).missing };
  }

  async function orderOf(person: ClaimedPerson, { document }: RunningCampaign): Promise<CampaignCallOrder | null> {
    const contact = await contacts.byId(person.contactId);
    if (!contact) return null;
    const variant = document.variants.find(({ name }) => name === person.variant);
    const agentId = (variant?.agentId ?? document.agentId)?.toHexString() ?? null;
    const order = orderFor(document, person, contact, {
      disclosure: await disclosure(agentId, document),
      abandonment: await abandonment(person.campaignId),
      maxMinutes: options.maxMinutes,
    });
    orders.set(person, order);
    return order;
  }

  /** Waits for the moment; a pause that this process has heard of meanwhile holds the call. */
  async function sendAt(moment: number, campaign: RunningCampaign): Promise<void> {
    const clock = () => now().getTime();
    await waitUntil(moment, clock);
    await waitUntil(pacing.shift(campaign, moment), clock);
    if (campaign.document.state === 'running') return;
    throw new AppError('CAMPAIGN_NOT_RUNNING', 'The campaign does not run any more.');
  }

  const places = new WeakMap<RunningCampaign, { at: number; most: number; left: number; begun: number }>();
  /**
   * Places that nobody has and no turn that is under way is going to take. Counting is not cheap where many calls are live; while there
   * is plenty of room, the last count less what began since will do.
   */
  async function placesLeft(campaign: RunningCampaign, most: number): Promise<number> {
    const at = performance.now();
    const { begun, pending, seated } = campaign;
    const last = places.get(campaign);
    const left = last ? last.left - (begun - last.begun) : 0;
    if (last && last.most === most && at - last.at < placesHoldMs && left > plentyPlaces) return left;
    // Whoever had a place before the count is in it.
    const counted = (await options.admission.placesLeft({ campaignId: campaign.id, most })) - (pending - seated);
    places.set(campaign, { at, most, left: counted, begun });
    return counted;
  }

  const circuitsOf = ({ id }: DialledCampaign): string[] => {
    const engine = engines.get(id);
    return [circuitOf.campaign(id), circuitOf.carrier, ...(engine ? [circuitOf.engine(engine)] : [])];
  };

  /** Something that no ended call will tell: the campaign's own circuit and these others have one failure more. */
  async function failed(campaign: RunningCampaign, keys: readonly string[]): Promise<void> {
    const { id, document } = campaign;
    try {
      const news = [await circuits.result(circuitOf.campaign(id), true, now(), document.breaker)];
      for (const key of keys) news.push(await circuits.result(key, true, now()));
      await tellOfCircuits(id, news, { circuits, moves });
    } catch (err) {
      logger.warn({ err, campaignId: id }, 'a failure could not be counted');
    }
  }

  const lastLooks = new Map<string, { readonly at: number; readonly found: Promise<Stored<Campaign> | null> }>();
  /** The campaign as it was this moment: calls that are sent shortly after each other ask once. */
  function campaignNow(id: string): Promise<Stored<Campaign> | null> {
    const at = performance.now();
    const last = lastLooks.get(id);
    if (last && at - last.at < lastLookMs) return last.found;
    const found = options.campaign(id);
    lastLooks.set(id, { at, found });
    found.catch(() => lastLooks.delete(id));
    return found;
  }

  const kept = answered(async (callIds: string[]) => {
    const terms = { owner: options.owner, now: now(), leaseMs: dialledLeaseMs };
    const ours = await options.people.keepClaims([...new Set(callIds)], terms);
    return callIds.map(callId => ours.has(callId));
  });

  /** The last look: the claim is still ours, and the campaign still runs. */
  async function stillOurs(person: ClaimedPerson): Promise<ClaimState> {
    const [campaign, isOurs] = await Promise.all([campaignNow(person.campaignId), kept(person.callId)]);
    if (!isOurs) return 'lost';
    return campaign?.state === 'running' ? 'ours' : 'halted';
  }

  return {
    now: () => now().getTime(),
    until: moment => waitUntil(moment, () => now().getTime()),
    queue,
    pacing,
    async room(campaign) {
      const at = now().getTime();
      if (campaign.document.state !== 'running') return { calls: 0, askAgainAt: null };
      // What was said in the future was said before the clock was set back.
      const isHeld = campaign.heldUntil > at && campaign.heldSince <= at + clockSkewMs;
      if (isHeld) return { calls: 0, askAgainAt: campaign.heldUntil };
      const answer = await circuits.answer(circuitsOf(campaign));
      if (answer.kind === 'open') return { calls: 0, askAgainAt: Math.min(answer.until, at + 1_000) };
      const { maxConcurrent } = campaign.document.pace;
      const free = await placesLeft(campaign, maxConcurrent);
      if (free < 1) return { calls: 0, askAgainAt: at + fullMs };
      if (answer.kind === 'closed') return { calls: free, askAgainAt: null };
      // One call shows whether it works again, over all processes; with nobody to call there is no trial.
      const { due } = await queue.look(campaign.id, 1, now());
      if (due === 0) return { calls: 1, askAgainAt: null };
      const taken = campaign.pending === 0 && (await circuits.takeTrial(circuitsOf(campaign)));
      return taken ? { calls: 1, askAgainAt: null } : { calls: 0, askAgainAt: at + 1_000 };
    },
    async judge(person, campaign) {
      begun.set(person, performance.now());
      const order = await orderOf(person, campaign);
      if (!order) return gone(now());
      const verdict = await calls.judge(order);
      if (verdict.code === 'CAMPAIGN_ABANDON_RATE') await pauseForAbandonment(campaign, verdict);
      return verdict;
    },
    async dial(person, campaign, verdict, turn) {
      const order = orders.get(person);
      if (!order) return { kind: 'lost' };
      const begunAt = begun.get(person) ?? performance.now();
      let planned: number | null = null;
      let readyAt = performance.now();
      let isSeated = false;
      try {
        const noMoney = await budget.reserve({
          campaignId: campaign.id,
          callId: order.callId,
          to: order.to,
          maxMinutes: order.facts.talkMinutes ?? options.maxMinutes,
        });
        if (noMoney) {
          // What live calls hold may be free again in a moment.
          if (noMoney.code !== 'BUDGET_RESERVED') await moves.pause(campaign.id, noMoney);
          return { kind: 'held', ...noMoney, retryAt: null };
        }
        const { known, engine } = await calls.place(order, verdict, {
          turn: async () => {
            isSeated = true;
            campaign.seated += 1;
            const askedAt = performance.now();
            planned = await turn(lead.ms);
            if (planned !== null) campaign.planned += 1;
            readyAt = performance.now();
            const times = { readyMs: askedAt - begunAt, waitedMs: readyAt - askedAt };
            campaign.window.told({ ...times, gotOne: planned !== null }, readyAt);
            return planned !== null;
          },
          stillOurs: () => stillOurs(person),
          pace: {
            moment: async () => (planned === null ? null : pacing.onTime(campaign, planned)),
            until: moment => {
              lead.took(performance.now() - readyAt);
              return sendAt(moment, campaign);
            },
          },
        });
        engines.set(campaign.id, engine);
        if (!known) await failed(campaign, [circuitOf.carrier]);
        return { kind: known ? 'dialled' : 'in-doubt', callId: person.callId };
      } catch (error) {
        const { result, cause } = resultOf(error, person.callId, verdict, now().getTime());
        if (result.kind === 'lost') {
          logger.warn({ err: error, callId: person.callId }, 'an attempt was given up; what became of it is looked up');
          return result;
        }
        await budget.free(order.callId);
        if (isEngineError(error))
          await failed(
            campaign,
            circuitsOf(campaign).filter(key => key.includes(':engine:')),
          );
        if (cause) await moves[cause.move](campaign.id, { code: cause.code, message: cause.message });
        return result;
      } finally {
        if (planned !== null) campaign.planned -= 1;
        if (isSeated) campaign.seated -= 1;
      }
    },
    note(decision, { id }) {
      const { type, data } = entryOf(decision, orders.get(decision.person)?.callId ?? decision.person.callId);
      moves
        .note(id, type, data, { contactId: decision.person.contactId, at: new Date(decision.at) })
        .catch(err => logger.warn({ err, type }, 'a decision could not be written into the log of its campaign'));
    },
  };
}

/** The entry of the log. */
function entryOf({ type, person, code, text, dueAt }: DialDecision, callId: string) {
  const told = { message: text, ...(code ? { code } : {}), ...(dueAt ? { dueAt: dueAt.toISOString() } : {}) };
  if (type === 'contact.refused') return { type, data: told };
  const { attempt, bookedFor } = person;
  const data = { callId, attempt, dueAt: person.dueAt.toISOString(), booked: bookedFor !== null };
  return { type, data: type === 'contact.dialled' ? data : { ...told, ...data } };
}

/** Nobody is left who could be called. */
const gone = (at: Date): Verdict => ({
  allowed: false,
  code: 'VERDICT_INCOMPLETE',
  rule: null,
  message: 'This person was deleted, so nobody is called.',
  permanent: true,
  dueAt: null,
  at: at.toISOString(),
  policyVersion: '',
  subject: { to: null, from: null, contentClass: null, vouchedBy: null },
  rules: [],
});
