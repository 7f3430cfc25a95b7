import type { Scenario } from './scenario.ts';

/** A business of a scenario, and the invented people it calls. */
export interface DemoSet {
  readonly business: { readonly name: string; readonly number: string | null };
  readonly people: readonly {
    readonly phone: string;
    readonly name: string;
    readonly email?: string;
    readonly timeZone?: string;
  }[];
}

/** For whom an agent of the scenario speaks. */
export const businessOf = ({ businesses = [] }: Scenario, agent: Scenario['agents'][number] | undefined) =>
  businesses.find(({ id }) => id === agent?.business);

/** The people of the business for which the scenario's first agent speaks: its scripts answer no other agent. */
export function demoSetOf(scenario: Scenario): DemoSet | null {
  const { agents, numbers = [], people } = scenario;
  const business = businessOf(scenario, agents[0]);
  if (!business) return null;
  return {
    business: { name: business.name, number: numbers.find(each => each.business === business.id)?.number ?? null },
    people: people.flatMap(({ business: whose, number, name, email, timeZone }) =>
      whose === business.id && number !== undefined
        ? [
            {
              phone: number,
              name,
              ...(email === undefined ? {} : { email }),
              ...(timeZone === undefined ? {} : { timeZone }),
            },
          ]
        : [],
    ),
  };
}
