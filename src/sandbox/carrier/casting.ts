import { createHash } from 'node:crypto';
import type { Person, Scenario } from '../scenarios/scenario.ts';
import type { TwinCall } from './twin-call.ts';

/** Decides who answers a call. */
export interface Casting {
  pick(call: TwinCall): Person;
  person(id: string): Person | undefined;
  /** The next call (to this number, if one is given) is answered by this person; each such wish holds for one call. */
  answerNext(person: Person, to?: string): void;
  /** The next call that the product places (to this number, if one is given) rings at this person's, as above. */
  ringNext(person: Person, to?: string): void;
  /** Takes back what this person still waits for. */
  withdraw(person: Person): void;
  /** From now on this number belongs to this person; without a person it is given back. */
  assign(number: string, person: Person | undefined): void;
  /** Who is waited for, in the order in which calls reach them. */
  wishes(): { personId: string; personName: string; to: string | undefined }[];
  /** Whose number is whose. */
  assignments(): { number: string; personId: string; personName: string }[];
}

/**
 * In this order: a wish for the next call, the person whose number was called, the campaign's people, the people by weight, and
 * somebody who talks for a while. Weighted choice depends on the number alone, so that a second call finds the same person.
 */
export function createCasting(scenario: Scenario, stranger: Person): Casting {
  const people = new Map([...scenario.people, stranger].map(person => [person.id, person]));
  const byNumber = new Map(
    scenario.people.flatMap(person => (person.number ? [[person.number, person]] : [])) as [string, Person][],
  );
  let wishes: { person: Person; to: string | undefined; outboundOnly: boolean }[] = [];

  const weighted = (weights: Record<string, number>, key: string): Person | undefined => {
    const entries = Object.entries(weights).filter(([, weight]) => weight > 0);
    const total = entries.reduce((sum, [, weight]) => sum + weight, 0);
    let point = (createHash('sha256').update(key).digest().readUInt32BE(0) / 2 ** 32) * total;
    for (const [id, weight] of entries) {
      point -= weight;
      if (point < 0) return people.get(id);
    }
    return undefined;
  };
  const addresses = (call: TwinCall) =>
    [call.order.instructions.kind === 'url' ? call.order.instructions.hook.url : '', call.status?.url ?? ''].join(' ');

  return {
    pick(call) {
      const wish = wishes.find(
        each => (each.to === undefined || each.to === call.to) && !(each.outboundOnly && call.direction === 'inbound'),
      );
      if (wish) {
        wishes = wishes.filter(each => each !== wish);
        return wish.person;
      }
      const theirs = byNumber.get(call.direction === 'inbound' ? call.from : call.to);
      if (theirs) return theirs;
      const campaign = scenario.campaigns?.find(
        each =>
          (!each.from || each.from === call.from) && (!each.urlContains || addresses(call).includes(each.urlContains)),
      );
      const chosen =
        (campaign && weighted(campaign.weights, call.to)) ?? (scenario.weights && weighted(scenario.weights, call.to));
      return chosen ?? stranger;
    },
    person: id => people.get(id),
    answerNext: (person, to) => void wishes.push({ person, to, outboundOnly: false }),
    ringNext: (person, to) => void wishes.push({ person, to, outboundOnly: true }),
    withdraw(person) {
      wishes = wishes.filter(each => each.person !== person);
    },
    assign(number, person) {
      if (person === undefined) byNumber.delete(number);
      else byNumber.set(number, person);
    },
    wishes: () => wishes.map(({ person, to }) => ({ personId: person.id, personName: person.name, to })),
    assignments: () =>
      [...byNumber].map(([number, person]) => ({ number, personId: person.id, personName: person.name })),
  };
}
