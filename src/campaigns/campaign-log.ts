import { Types } from 'mongoose';
import type { Events } from '../events.ts';
import type { Logger } from '../ops/logger.ts';
import type { Stored } from '../store/schema.ts';
import type { Campaign, OutboxEntry } from './campaign-document.ts';
import type { CampaignEventRepository, NewCampaignEvent } from './campaign-event-repository.ts';
import type { CampaignRepository } from './campaign-repository.ts';
import type { CampaignMoves } from './campaigns.types.ts';
import './campaigns-events.ts';

export interface CampaignLogOptions {
  readonly campaigns: Pick<CampaignRepository, 'takeSeqs' | 'emptyOutbox' | 'findById' | 'toNote'>;
  readonly entries: CampaignEventRepository;
  readonly events: Pick<Events, 'publish'>;
  readonly logger: Logger;
  readonly now: () => Date;
}

export interface CampaignLog {
  readonly note: CampaignMoves['note'];
  /** Brings what was written together with a change of the campaign into its log, each entry once. */
  flush(campaign: Stored<Campaign>): Promise<void>;
  /** The same for whatever a dead process left. */
  flushAll(): Promise<void>;
}

type Waiting = Omit<NewCampaignEvent, 'seq'> & { readonly done: () => void; readonly failed: (error: unknown) => void };

const mostAtOnce = 500;

/** An entry for the outbox of a campaign. */
export const outboxEntry = (type: string, by: string, at: Date, data: Record<string, unknown> = {}): OutboxEntry => ({
  id: new Types.ObjectId(),
  type,
  by,
  at,
  data,
});

/** The log of every campaign. What comes while a batch is being written makes the next one: two writes for many entries. */
export function createCampaignLog({ campaigns, entries, events, logger, now }: CampaignLogOptions): CampaignLog {
  const waiting = new Map<string, Waiting[]>();
  const writing = new Set<string>();

  async function write(campaignId: string): Promise<void> {
    if (writing.has(campaignId)) return;
    writing.add(campaignId);
    try {
      for (let lot = waiting.get(campaignId); lot?.length; lot = waiting.get(campaignId)) {
        await writeLot(campaignId, lot.splice(0, mostAtOnce));
      }
    } finally {
      writing.delete(campaignId);
      if (!waiting.get(campaignId)?.length) waiting.delete(campaignId);
    }
  }

  async function writeLot(campaignId: string, lot: readonly Waiting[]): Promise<void> {
    try {
      const last = await campaigns.takeSeqs(campaignId, lot.length);
      if (last === 0) throw new Error('there is no campaign with this id');
      const numbered = lot.map(({ done, failed, ...entry }, index) => ({
        ...entry,
        seq: last - lot.length + 1 + index,
      }));
      const { errors } = await entries.appendAll(numbered);
      const missed = new Map(errors.map(each => [each.index, each]));
      for (const [index, entry] of numbered.entries()) {
        const error = missed.get(index);
        if (!error) {
          const shown = entries.toApi(entry as never);
          events.publish('campaigns.noted', { campaignId, entry: shown });
        }
        // One that is written already was to be written once.
        if (error && error.code !== 'DUPLICATE') lot[index]!.failed(new Error(error.message));
        else lot[index]!.done();
      }
    } catch (error) {
      for (const { failed } of lot) failed(error);
    }
  }

  function add(entry: Omit<NewCampaignEvent, 'seq'>): Promise<void> {
    const campaignId = entry.campaignId.toHexString();
    return new Promise((done, failed) => {
      const lot = waiting.get(campaignId) ?? [];
      lot.push({ ...entry, done, failed });
      waiting.set(campaignId, lot);
      void write(campaignId);
    });
  }

  async function flush(campaign: Stored<Campaign>): Promise<void> {
    for (let current: Stored<Campaign> | null = campaign; current?.noteDue; ) {
      const { outbox, _id } = current;
      const known = await entries.known(outbox.map(({ id }) => id));
      const missing = outbox.filter(({ id }) => !known.has(id.toHexString()));
      await Promise.all(
        missing.map(({ id, type, by, at, data }) =>
          add({ _id: id, campaignId: _id, type, by, at, data, contactId: null, once: `outbox:${id.toHexString()}` }),
        ),
      );
      if (await campaigns.emptyOutbox(current)) return;
      current = await campaigns.findById(_id);
    }
  }

  return {
    note: (campaignId, type, data, { by = 'system', contactId, once, at = now() } = {}) =>
      add({
        _id: new Types.ObjectId(),
        campaignId: new Types.ObjectId(campaignId),
        type,
        by,
        at,
        data,
        contactId: contactId === undefined ? null : new Types.ObjectId(contactId),
        once: once ?? null,
      }),
    flush,
    async flushAll() {
      for (const campaign of await campaigns.toNote()) {
        await flush(campaign).catch(err =>
          logger.warn({ err }, 'the log of a campaign could not be written; trying again'),
        );
      }
    },
  };
}
