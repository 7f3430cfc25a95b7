import { attemptsPerCampaign } from '../compliance/caps.ts';
import { dayMs } from '../compliance/local-time.ts';
import { AppError } from '../errors.ts';
import type { Stored } from '../store/schema.ts';
import type { CampaignContact } from './campaign-contact-document.ts';
import type { CampaignContactRepository } from './campaign-contact-repository.ts';
import type { Campaign } from './campaign-document.ts';
import type { CampaignLog } from './campaign-log.ts';
import type { CampaignService } from './campaign-service.ts';
import { isEnded } from './campaign-state.ts';
import { defaultRetry, nextAttempt } from './retry-rules.ts';
import { beingCalled, ended, type WhileOpen } from './while-open.ts';

export interface CampaignCallbacks {
  /**
   * Somebody asked to be called at this time. In the middle of a call it holds from the end of that call on. Throws what is wrong with
   * the time, or why this person cannot be called again.
   */
  book(id: string, personId: string, at: Date, by: string): Promise<Stored<CampaignContact>>;
  /** The same, asked for on the call itself. */
  bookOnCall(callId: string, at: Date, by: string): Promise<Stored<CampaignContact>>;
  /** Takes it back: due again as the campaign's rules say, or done. */
  undo(id: string, personId: string, by: string): Promise<Stored<CampaignContact>>;
}

export interface CampaignCallbacksOptions {
  readonly people: CampaignContactRepository;
  readonly service: Pick<CampaignService, 'get'>;
  readonly whileOpen: WhileOpen;
  readonly log: Pick<CampaignLog, 'note'>;
  readonly now: () => Date;
}

/** Nobody means a time that lies so far ahead. */
const mostAheadMs = 60 * dayMs;
/** People move while they are looked at: claimed, answered, hung up. */
const mostTries = 4;

export function createCampaignCallbacks(options: CampaignCallbacksOptions): CampaignCallbacks {
  const { people, service, whileOpen, log, now } = options;

  const open = async (id: string): Promise<Stored<Campaign>> => {
    const campaign = await service.get(id);
    if (isEnded(campaign.state)) throw ended(campaign.state);
    return campaign;
  };

  async function personOf(id: string, personId: string): Promise<Stored<CampaignContact>> {
    const found = await people.findById(personId);
    if (!found || found.campaignId.toHexString() !== id || found.state === 'removed')
      throw new AppError('CONTACT_NOT_FOUND', 'This campaign has nobody with this id');
    return found;
  }

  const note = (id: string, type: string, contactId: CampaignContact['contactId'], by: string, data = {}) =>
    log.note(id, type, data, { by, contactId: contactId.toHexString() });

  async function book(id: string, personId: string, at: Date, by: string): Promise<Stored<CampaignContact>> {
    const campaign = await open(id);
    const { contactId } = await personOf(id, personId);
    checkTime(at, now(), campaign);
    for (let tries = 0; tries < mostTries; tries += 1) {
      const person = await personOf(id, personId);
      checkPerson(person, campaign);
      const booked = await whileOpen(
        id,
        async () => (await people.book(id, contactId, at)) ?? (await people.bookLater(id, contactId, at)),
      );
      if (!booked) continue;
      await note(id, 'contact.callback', contactId, by, { at: at.toISOString() });
      return booked;
    }
    throw beingCalled();
  }

  return {
    book,
    async bookOnCall(callId, at, by) {
      const person = await people.calledBy(callId);
      if (!person) throw new AppError('CALL_NOT_FOUND', 'This call belongs to nobody in a campaign, or it is over.');
      return book(person.campaignId.toHexString(), person._id.toHexString(), at, by);
    },
    async undo(id, personId, by) {
      const campaign = await open(id);
      for (let tries = 0; tries < mostTries; tries += 1) {
        const { contactId, bookedFor, outcomes } = await personOf(id, personId);
        if (bookedFor === null) throw new AppError('CONFLICT', 'No call is booked for them.');
        const next = nextAttempt(campaign.retry, outcomes, now());
        const dueAt = next.kind === 'again' ? next.dueAt : null;
        const undone = await whileOpen(
          id,
          async () => (await people.unbook(id, contactId, dueAt)) ?? (await people.unbookLater(id, contactId)),
        );
        if (!undone) continue;
        await note(id, 'contact.callback-undone', contactId, by, { at: bookedFor.toISOString() });
        return undone;
      }
      throw beingCalled();
    },
  };
}

/** What they asked for beats hours, and nothing else: the time must lie ahead, and where the campaign still dials. */
function checkTime(at: Date, now: Date, { schedule }: Pick<Campaign, 'schedule'>): void {
  const wrong = (problem: string) =>
    new AppError('VALIDATION_FAILED', `at ${problem}.`, { details: [{ field: 'at', problem }] });
  if (Number.isNaN(at.getTime())) throw wrong('must be a time, such as 2027-03-01T17:00:00Z');
  if (at <= now) throw wrong(`must lie ahead; it is ${now.toISOString()} now`);
  if (at.getTime() - now.getTime() > mostAheadMs) throw wrong('must be at most 60 days ahead');
  // A day is one of somebody's calendar: wherever they are, it is over two days after it began.
  const endsAt = schedule?.endsAt ?? '';
  const last = Date.parse(endsAt) + (endsAt.length > 10 ? 0 : 2 * dayMs);
  if (at.getTime() >= last) throw wrong(`is after the end of the campaign (${endsAt}); move its end first`);
}

/** Why this person would not be called at any time. */
function checkPerson({ state, attempts }: Stored<CampaignContact>, { retry }: Pick<Campaign, 'retry'>): void {
  if (state === 'blocked')
    throw new AppError('CONFLICT', 'They may not be called any more; the verdict of this person says why.');
  const most = Math.min(retry?.maxAttempts ?? defaultRetry.maxAttempts, attemptsPerCampaign.most);
  if (attempts < most) return;
  const remedy = most < attemptsPerCampaign.most ? ' Raise retry.maxAttempts first.' : '';
  throw new AppError(
    'CONFLICT',
    `The campaign has called them ${attempts} times, which is as often as it may.${remedy}`,
  );
}
