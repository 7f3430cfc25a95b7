import type { Stored } from '../store/schema.ts';
import type { HookDelivery } from './delivery-repository.ts';
import type { GivenUpMessages } from './hooks-events.ts';
import type { HookSubscription } from './subscription-repository.ts';

type Message = Pick<Stored<HookDelivery>, 'subscriptionId' | 'tries'>;
type Hook = Pick<Stored<HookSubscription>, '_id' | 'url'>;

/** Messages that were given up, counted for each webhook that is still there; of more than `most` only that many are counted. */
export function givenUpByHook(messages: readonly Message[], hooks: readonly Hook[], most: number): GivenUpMessages[] {
  const counted = messages.slice(0, most);
  return hooks.flatMap(({ _id, url }) => {
    const own = counted.filter(({ subscriptionId }) => subscriptionId.equals(_id));
    if (own.length === 0) return [];
    const ends = own.flatMap(({ tries }) => tries.at(-1)?.at.getTime() ?? []);
    return {
      id: _id.toHexString(),
      url,
      count: own.length,
      more: messages.length > most,
      since: ends.length === 0 ? null : new Date(Math.min(...ends)),
    };
  });
}
