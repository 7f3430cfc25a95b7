/** What is known of an installation; undefined while it is not. */
export interface SetUpFacts {
  /** Findings of the check that block every call. */
  readonly blocking: number | undefined;
  readonly agents: number | undefined;
  /** Numbers of ours that calls may come from. */
  readonly numbers: number | undefined;
  readonly calls: number | undefined;
  readonly campaignStarted: boolean | undefined;
}

export const setUpStepNames = ['check', 'agent', 'number', 'test-call', 'campaign'] as const;
export type SetUpStepName = (typeof setUpStepNames)[number];
export interface SetUpStep {
  readonly name: SetUpStepName;
  readonly state: 'done' | 'next' | 'open' | 'unknown';
}

/** How far the set-up is: what is done, the first thing that is not, and what comes later. */
export function setUpSteps({ blocking, agents, numbers, calls, campaignStarted }: SetUpFacts): SetUpStep[] {
  const some = (count: number | undefined) => (count === undefined ? undefined : count > 0);
  const done: Record<SetUpStepName, boolean | undefined> = {
    check: blocking === undefined ? undefined : blocking === 0,
    agent: some(agents),
    number: some(numbers),
    'test-call': some(calls),
    campaign: campaignStarted,
  };
  const next = setUpStepNames.find(name => done[name] === false);
  return setUpStepNames.map(name => ({
    name,
    state: done[name] === undefined ? 'unknown' : done[name] ? 'done' : name === next ? 'next' : 'open',
  }));
}
