import { AppError } from '../errors.ts';
import type { CampaignRepository } from './campaign-repository.ts';
import type { CampaignService } from './campaign-service.ts';

const addingMs = 60_000;

export interface WhileOpenOptions {
  readonly campaigns: Pick<CampaignRepository, 'beginAdding' | 'doneAdding'>;
  readonly service: Pick<CampaignService, 'get'>;
  readonly now: () => Date;
}

/** Does something that needs an open campaign while that campaign cannot complete. */
export type WhileOpen = <R>(campaignId: string, work: () => Promise<R>) => Promise<R>;

/** Whoever brings somebody into the queue of a campaign does it by this; it throws when the campaign has ended. */
export function createWhileOpen({ campaigns, service, now }: WhileOpenOptions): WhileOpen {
  return async (id, work) => {
    const until = new Date(now().getTime() + addingMs);
    if (!(await campaigns.beginAdding(id, until))) throw ended((await service.get(id)).state);
    try {
      return await work();
    } finally {
      await campaigns.doneAdding(id, until);
    }
  };
}

export const ended = (state: string) =>
  new AppError('CAMPAIGN_STATE', `The campaign is ${state}; nobody can be added any more. Make another one.`, {
    details: { state },
  });

export const beingCalled = () =>
  new AppError('CONFLICT', 'They are being called at this moment; try again when the call has ended, or end it first.');
