import type { Logger } from 'pino';
import { CallRepository } from '../../../src/calls/call-repository.ts';
import { createDialledCalls } from '../../../src/calls/dialled-calls.ts';
import { CampaignContactRepository } from '../../../src/campaigns/campaign-contact-repository.ts';
import { CampaignEventRepository } from '../../../src/campaigns/campaign-event-repository.ts';
import { CampaignRepository } from '../../../src/campaigns/campaign-repository.ts';
import { judgeRun } from '../../../src/campaigns/judge.ts';
import type { Judgement } from '../../../src/campaigns/judge-facts.ts';
import { judgeRecordOf } from '../../../src/campaigns/judge-source.ts';
import { SuppressionRepository } from '../../../src/contacts/suppression-repository.ts';
import { createSuppressions } from '../../../src/contacts/suppression-service.ts';
import { createEvents } from '../../../src/events.ts';
import { SettingsRepository } from '../../../src/ops/settings-repository.ts';
import { createMemoryCache } from '../../../src/store/cache.ts';
import { openConnection } from '../../../src/store/connection.ts';
import { createStore } from '../../../src/store/open-store.ts';
import { dialCaps } from '../../prove/lib/dial-world.ts';

export interface BenchRun {
  readonly uri: string;
  readonly ids: readonly string[];
  readonly accountCallsPerSecond: number;
  /** What the carrier was asked for, by its id. */
  readonly carrierCalls: readonly { readonly sid: string; readonly at: number }[];
  readonly logger: Logger;
}

/** The verdict of `campaign:judge` over each campaign of a run, from its log and its calls. */
export async function judgeBench({
  uri,
  ids,
  accountCallsPerSecond,
  carrierCalls,
  logger,
}: BenchRun): Promise<Judgement[]> {
  const link = await openConnection({ uri, poolMax: 4, logger });
  const store = createStore({ link, logger, cache: createMemoryCache(), now: () => new Date() });
  const [entries, calls] = [new CampaignEventRepository(store), new CallRepository(store)];
  const suppressed = new SuppressionRepository(store);
  const settings = new SettingsRepository(store);
  try {
    // Those of the others are there since the campaign was made.
    await Promise.all([suppressed, settings].map(each => each.ensureIndexes()));
    const parts = {
      campaigns: new CampaignRepository(store),
      entries,
      people: new CampaignContactRepository(store),
      calls: createDialledCalls(calls),
      suppressions: createSuppressions({
        repository: suppressed,
        settings,
        events: createEvents(err => logger.error({ err })),
        defaultCountry: 'US',
      }),
      contacts: { zonesOf: async () => new Map() },
      killSwitchTurns: async () => [],
      installation: { callsPerSecond: accountCallsPerSecond, caps: dialCaps },
      now: () => new Date(),
    };
    const judgements: Judgement[] = [];
    for (const id of ids) {
      judgements.push(await judgeRun({ ...(await judgeRecordOf(id, parts)), carrierCalls }));
    }
    return judgements;
  } finally {
    await store.close();
  }
}
