import { AppError } from '../errors.ts';
import type { Stored } from '../store/schema.ts';
import type { Campaign } from './campaign-document.ts';
import type { CampaignPeople } from './campaign-people.ts';
import type { CampaignRepository } from './campaign-repository.ts';
import type { CampaignService } from './campaign-service.ts';

/** Invented people to call, and for whom they are called. */
export interface DemoPeople {
  readonly business: { readonly name: string; readonly number: string | null };
  readonly people: readonly { readonly phone: string; readonly name: string }[];
}

export interface DemoCampaignParts {
  readonly campaigns: Pick<CampaignRepository, 'byOrigin' | 'hasAny'>;
  readonly service: Pick<CampaignService, 'create'>;
  readonly people: Pick<CampaignPeople, 'add'>;
  /** Null with a real carrier: nobody who exists is ever called for a demonstration. */
  readonly demo: DemoPeople | null;
}

const origin = 'demo';
const by = { label: 'first start', role: 'admin', key: 'system:first-start' } as const;

/**
 * Makes the demo campaign of a first start and leaves it idle: once in the life of an installation, also after it was deleted, however
 * many processes start at once. Whoever has campaigns already gets none.
 */
export async function seedDemoCampaign({ campaigns, service, people, demo }: DemoCampaignParts): Promise<void> {
  if (demo === null) return;
  const campaign = await make(campaigns, service, demo);
  // Nobody was ever added: it is new, or a process died over it.
  if (campaign?.state === 'idle' && campaign.adds === 0) await people.add(campaign._id.toHexString(), demo.people, by);
}

async function make(
  campaigns: DemoCampaignParts['campaigns'],
  service: DemoCampaignParts['service'],
  { business }: DemoPeople,
): Promise<Stored<Campaign> | null> {
  const known = await campaigns.byOrigin(origin);
  if (known || (await campaigns.hasAny())) return known;
  const wishes = {
    name: `Demo: ${business.name} calls the sandbox`,
    description:
      'Made at the first start. It calls the invented people of the sandbox; press start and watch. It can be deleted.',
    // At any hour and without consents, so that the demonstration works whenever somebody looks.
    contentClass: 'emergency',
    emergencyReason: 'A demonstration in the sandbox: everybody on it is invented, and no telephone rings.',
    seller: { legalName: business.name, callbackNumber: business.number },
    record: true,
    retry: { maxAttempts: 2, afterMinutes: { busy: [1], 'no-answer': [1], voicemail: [1] } },
  };
  try {
    return await service.create(wishes, by, origin);
  } catch (error) {
    // Another process was first, or it was made once and deleted.
    if (error instanceof AppError && error.code === 'DUPLICATE') return campaigns.byOrigin(origin);
    throw error;
  }
}
