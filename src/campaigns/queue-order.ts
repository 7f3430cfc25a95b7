import type { CampaignContactRepository } from './campaign-contact-repository.ts';
import { type Candidate, highestPriority, type QueuePart } from './dialer-queries.ts';

/** Whoever has been due for so long goes before everybody, so that nobody waits a day because of others. */
export const overdueMs = 20 * 3_600_000;

/** Those who are due, in the order in which they are called: booked calls, then whoever waited too long, then by priority. */
export async function dueInOrder(
  people: Pick<CampaignContactRepository, 'candidates' | 'nextDue' | 'nextPriority'>,
  campaignId: string,
  now: Date,
  most: number,
): Promise<Candidate[]> {
  const found = new Map<string, Candidate>();
  const add = async (part: QueuePart) => {
    for (const each of await people.candidates(part, most - found.size)) found.set(each.id, each);
  };
  const first = await people.nextDue(campaignId);
  if (first && first <= now) {
    await add({ part: 'booked', campaignId, now });
    const since = new Date(now.getTime() - overdueMs);
    if (first <= since && found.size < most) await add({ part: 'overdue', campaignId, since });
    // Most campaigns use one or two of the priorities.
    let priority = await people.nextPriority(campaignId, highestPriority + 1);
    while (priority !== null && found.size < most) {
      await add({ part: 'priority', campaignId, priority, now });
      if (found.size < most) priority = await people.nextPriority(campaignId, priority);
    }
  }
  return [...found.values()];
}
