import { Types } from 'mongoose';
import { AppError } from '../errors.ts';
import type { Events } from '../events.ts';
import type { JobQueue, JobType } from '../jobs/queue.ts';
import type { Stored } from '../store/schema.ts';
import { type CampaignCheck, type CampaignWishes, refuse } from './campaign-check.ts';
import type { CampaignContactRepository } from './campaign-contact-repository.ts';
import type { Campaign, RetryRules } from './campaign-document.ts';
import { type CampaignLog, outboxEntry } from './campaign-log.ts';
import type { CampaignRepository } from './campaign-repository.ts';
import { isEnded } from './campaign-state.ts';
import './campaigns-events.ts';

/** Who changes a campaign. */
export interface Changer {
  readonly label: string;
  /** Only an administrator declares an emergency. */
  readonly role: string;
}

export interface CampaignService {
  /** Throws `VALIDATION_FAILED` with every problem. With an origin it is made once for ever, and `DUPLICATE` afterwards. */
  create(
    wishes: CampaignWishes & { name: string; contentClass: string },
    by: Changer,
    origin?: string,
  ): Promise<Stored<Campaign>>;
  /** Throws `CAMPAIGN_NOT_FOUND`. */
  get(id: string): Promise<Stored<Campaign>>;
  /** Changes what is given, also while it runs; with a version only if nobody changed it since. */
  change(
    id: string,
    wishes: CampaignWishes,
    by: Changer,
    version?: number,
  ): Promise<{ before: Stored<Campaign>; after: Stored<Campaign>; changed: readonly string[] }>;
  /** Its queue goes, its calls stay. Throws `CAMPAIGN_STATE` while it may still call somebody. */
  remove(id: string, by: Changer): Promise<void>;
  /** Tells who listens that it changed, and brings what happened into its log. */
  announce(campaign: Stored<Campaign>, fields: readonly string[] | null): Promise<void>;
}

export interface CampaignServiceOptions {
  readonly campaigns: CampaignRepository;
  readonly people: Pick<CampaignContactRepository, 'beingCalled'>;
  readonly check: CampaignCheck;
  readonly log: CampaignLog;
  readonly events: Pick<Events, 'publish'>;
  readonly jobs: Pick<JobQueue, 'enqueue'>;
  /** Takes the queue of a deleted campaign apart. */
  readonly clearJob: JobType<{ campaignId: string }>;
  readonly now: () => Date;
}

const mostTries = 8;
const deletable: ReadonlySet<string> = new Set(['idle', 'stopped', 'completed']);

export function createCampaignService(options: CampaignServiceOptions): CampaignService {
  const { campaigns, people, check, log, events, jobs, clearJob, now } = options;

  async function announce(campaign: Stored<Campaign>, fields: readonly string[] | null): Promise<void> {
    events.publish('campaigns.changed', {
      campaignId: campaign._id.toHexString(),
      seq: campaign.version,
      campaign: campaigns.toApi(campaign),
      fields,
    });
    await log.flush(campaign);
  }

  async function get(id: string): Promise<Stored<Campaign>> {
    const campaign = await campaigns.findById(id);
    if (!campaign) throw new AppError('CAMPAIGN_NOT_FOUND', 'There is no campaign with this id');
    return campaign;
  }

  return {
    get,
    announce,
    async create(wishes, by, origin) {
      const numbers = await check(wishes);
      const settings = settingsOf(wishes, numbers);
      const emergency = emergencyOf({ contentClass: null, emergencyReason: null, emergencyBy: null }, wishes, by);
      const entry = outboxEntry('campaign.created', by.label, now(), { name: wishes.name });
      const campaign = await campaigns.create({
        ...blank,
        ...settings,
        ...emergency,
        pace: { ...blank.pace, ...wishes.pace },
        createdBy: by.label,
        origin: origin ?? null,
        outbox: [entry],
        noteDue: true,
      } as Campaign);
      await announce(campaign, null);
      return campaign;
    },
    async change(id, wishes, by, version) {
      const numbers = await check(wishes);
      for (let tries = 0; tries < mostTries; tries += 1) {
        const before = await get(id);
        if (version !== undefined && before.version !== version)
          throw new AppError(
            'VERSION_CONFLICT',
            'It was changed by somebody else in the meantime; read it again first',
          );
        const wished: Record<string, unknown> = {
          ...settingsOf(wishes, numbers),
          ...emergencyOf(before, wishes, by),
          ...(wishes.pace ? { pace: { ...before.pace, ...wishes.pace } } : {}),
        };
        const changed = Object.keys(wished).filter(field => !same(before[field as keyof Campaign], wished[field]));
        if (changed.length === 0) return { before, after: before, changed };
        if (isEnded(before.state) && changed.some(field => field !== 'name' && field !== 'description'))
          throw new AppError(
            'CAMPAIGN_STATE',
            `The campaign is ${before.state}; only name and description can be changed.`,
            {
              details: { state: before.state },
            },
          );
        const set = Object.fromEntries(changed.map(field => [field, wished[field]]));
        const changes = Object.fromEntries(
          changed.map(field => [field, { from: plain(before[field as keyof Campaign]), to: plain(wished[field]) }]),
        );
        const after = await campaigns.edit(before, set, outboxEntry('campaign.edited', by.label, now(), { changes }));
        if (!after) continue;
        await announce(after, changed);
        return { before, after, changed };
      }
      throw new AppError('VERSION_CONFLICT', 'Others keep changing the campaign; try again');
    },
    async remove(id, by) {
      const campaign = await get(id);
      if (!deletable.has(campaign.state))
        throw new AppError('CAMPAIGN_STATE', `The campaign is ${campaign.state}; stop it first, then delete it.`, {
          details: { state: campaign.state },
        });
      const live = (await people.beingCalled(id)).length;
      if (live > 0)
        throw new AppError('CAMPAIGN_STATE', `${live} of its calls have not ended; wait for them, or end them first.`, {
          details: { state: campaign.state, liveCalls: live },
        });
      const entry = outboxEntry('campaign.deleted', by.label, now());
      // Promised first: a crash in between leaves no queue behind. The job does nothing while the campaign is there.
      const runAt = new Date(now().getTime() + 5_000);
      await jobs.enqueue(clearJob, { campaignId: id }, { dedupeKey: `${id}:later`, runAt });
      const gone = await campaigns.delete(campaign, entry);
      if (!gone) throw new AppError('VERSION_CONFLICT', 'It was changed by somebody else in this moment; try again');
      await jobs.enqueue(clearJob, { campaignId: id }, { dedupeKey: id });
      await announce(gone, ['deleted']);
    },
  };
}

/** A campaign of which nothing was said. */
const blank = {
  description: '',
  state: 'idle',
  cause: null,
  agentId: null,
  variants: [],
  callerIds: [],
  localPresence: false,
  lists: [],
  variables: {},
  emergencyReason: null,
  emergencyBy: null,
  seller: null,
  schedule: null,
  pace: { callsPerSecond: 1, maxConcurrent: 20 },
  retry: null,
  amd: null,
  record: null,
  maxMinutes: null,
  budget: null,
  priority: 0,
  breaker: null,
  startedAt: null,
  endedAt: null,
  eventSeq: 0,
  addingUntil: new Date(0),
  adds: 0,
  endCalls: false,
} as const;

const copied = [
  'name',
  'description',
  'localPresence',
  'variables',
  'contentClass',
  'amd',
  'record',
  'maxMinutes',
  'priority',
  'breaker',
] as const;

type Numbers = Awaited<ReturnType<CampaignCheck>>;

/** What was wished, in the form that is stored. */
function settingsOf(wishes: CampaignWishes, { callerIds, callbackNumber }: Numbers): Partial<Campaign> {
  const set: Record<string, unknown> = {};
  for (const field of copied) if (wishes[field] !== undefined) set[field] = wishes[field];
  if (typeof set['name'] === 'string') set['name'] = set['name'].trim();
  if (callerIds) set['callerIds'] = callerIds;
  const { agentId, variants, lists, seller, retry, schedule, budget } = wishes;
  if (schedule !== undefined) set['schedule'] = schedule && { timeZone: 'contact', ...schedule };
  if (budget !== undefined) set['budget'] = budget && { per: 'total', ...budget };
  if (agentId !== undefined) set['agentId'] = agentId === null ? null : new Types.ObjectId(agentId);
  if (lists) set['lists'] = lists.map(list => new Types.ObjectId(list));
  if (variants)
    set['variants'] = variants.map(each => ({
      name: each.name,
      agentId: each.agentId ? new Types.ObjectId(each.agentId) : null,
      weight: each.weight ?? 1,
      variables: each.variables ?? {},
    }));
  if (seller !== undefined)
    set['seller'] = seller && { legalName: seller.legalName.trim(), callbackNumber: callbackNumber ?? null };
  if (retry !== undefined)
    set['retry'] = retry && ({ maxAttempts: retry.maxAttempts, afterMinutes: retry.afterMinutes ?? {} } as RetryRules);
  return set as Partial<Campaign>;
}

type Emergency = Pick<Campaign, 'emergencyReason' | 'emergencyBy'>;

/** Whoever makes a campaign an emergency, or changes why it is one, declares it and answers for it. */
function emergencyOf(
  before: Emergency & { readonly contentClass: string | null },
  { contentClass = before.contentClass ?? undefined, emergencyReason }: CampaignWishes,
  by: Changer,
): Partial<Emergency> {
  if (contentClass !== 'emergency') {
    if (emergencyReason) {
      const problem = 'belongs to the contentClass emergency; leave it out';
      refuse([{ field: 'emergencyReason', problem }]);
    }
    return before.emergencyReason === null ? {} : { emergencyReason: null, emergencyBy: null };
  }
  const reason = emergencyReason === undefined ? before.emergencyReason : emergencyReason;
  if (before.contentClass === 'emergency' && reason === before.emergencyReason) return {};
  if (by.role !== 'admin')
    throw new AppError('FORBIDDEN', 'Only an administrator may declare an emergency; use another contentClass.', {
      details: [{ field: 'contentClass', problem: 'emergency needs the role admin' }],
    });
  if (!reason) {
    const problem = 'is missing; an emergency is called without consent and at any hour, so write down why';
    refuse([{ field: 'emergencyReason', problem }]);
  }
  return { emergencyReason: reason ?? null, emergencyBy: by.label };
}

/** As the log keeps it: ids as text. */
const plain = (value: unknown): unknown => (value === undefined ? null : JSON.parse(JSON.stringify(value)));
const same = (one: unknown, other: unknown): boolean =>
  JSON.stringify(sorted(plain(one))) === JSON.stringify(sorted(plain(other)));

function sorted(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map(sorted);
  return Object.fromEntries(
    Object.entries(value)
      .sort(([one], [other]) => (one < other ? -1 : 1))
      .map(([key, each]) => [key, sorted(each)]),
  );
}
