/** What a new installation says to whoever runs it; loaded with the overview. */
export const setUpText = {
  title: 'Welcome to Parley',
  body: (left: number) =>
    `${left === 1 ? 'One step' : `${left} steps`} to the first campaign. Nothing here calls anybody by itself.`,
  finished: 'Everything is set up. Look at what is left below, or hide this.',
  hide: 'Hide',
  failed: 'How far the set-up is did not load.',
  checkFailed: 'The installation could not be checked.',
  checking: 'Checking…',
  again: 'Check again',
  inOrder: (count: number) => (count === 1 ? '1 check is in order.' : `${count} checks are in order.`),
  states: { done: 'Done', next: 'Next', open: 'Later', unknown: 'Looking…' },
  steps: {
    check: {
      title: 'Can calls be placed?',
      body: () => 'The line, the agents’ vendor, the public address and every part it needs are asked.',
    },
    agent: {
      title: 'An agent to speak',
      body: (sandbox: boolean) =>
        sandbox
          ? 'The sandbox has brought some. With a real vendor, its agents are taken over from there.'
          : 'Take over an agent from its vendor, with its voice, its words and what it must be told.',
    },
    number: {
      title: 'A number to call from',
      body: (sandbox: boolean) =>
        sandbox
          ? 'The sandbox has brought some. With a real carrier, the numbers that you own are found by themselves.'
          : 'Buy or confirm a number at the carrier; it is found by itself.',
    },
    'test-call': {
      title: 'A test call',
      body: (sandbox: boolean) =>
        sandbox
          ? 'Talk to the agent with your browser’s microphone. No telephone rings.'
          : 'Call your own telephone and hear what the agent says.',
    },
    campaign: {
      title: 'The first campaign',
      body: () => 'A spreadsheet of people becomes calls, step by step. You are asked before anybody is called.',
    },
  },
  acts: {
    agent: 'Agents',
    number: 'Numbers',
    sandbox: 'Open the sandbox',
    call: 'Place a call',
    campaign: 'New campaign',
    waiting: (name: string) => `Look at ${name}`,
  },
};
