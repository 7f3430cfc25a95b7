import { accessText } from './access.ts';
import { frameText } from './frame.ts';
import { healthText } from './health.ts';
import { overviewText } from './overview.ts';
import { sandboxText } from './sandbox.ts';
import { sessionText } from './session.ts';

/** Every sentence the dashboard says, in one place. Wording follows one rule: what happened, what it means, what to do. */
export const text = {
  product: 'Parley',
  skipToContent: 'Skip to content',
  details: 'Details',
  requestId: (id: string) => `Request ${id}`,
  tryAgain: 'Try again',
  cancel: 'Cancel',
  typeToConfirm: (word: string) => `Type ${word} to confirm`,
  close: 'Close',
  save: 'Save',
  more: 'More',
  copy: 'Copy',
  copied: 'Copied',
  loading: 'Loading',
  never: 'Never',
  yes: 'yes',
  no: 'no',
  loadEarlier: 'Load earlier entries',
  loadMore: 'Load more',
  loadingMore: 'Loading…',
  archivedAgent: 'An archived agent',

  table: {
    columns: 'Columns',
    asTable: 'Table',
    filters: 'Filters',
    filtersSet: (count: number) => `Filters (${count})`,
  },

  range: {
    label: 'Time',
    any: 'Any time',
    own: 'From … to …',
    from: 'From',
    to: 'To',
    zone: (zone: string) => `Times of your zone, ${zone}.`,
    names: {
      today: 'Today',
      yesterday: 'Yesterday',
      '7d': 'Last 7 days',
      '30d': 'Last 30 days',
      '90d': 'Last 90 days',
    },
  },

  views: {
    title: 'Views',
    none: 'No view saved yet.',
    where: 'Kept for you in this browser only.',
    save: 'Save this view…',
    saveTitle: 'Save this view',
    saveBody: 'Filters, order and columns under a name.',
    name: 'Name',
    replaces: 'Replaces the view of this name.',
    saved: (name: string) => `${name} is saved.`,
    remove: (name: string) => `Remove ${name}`,
    removed: (name: string) => `${name} is removed.`,
    notKept: 'This browser keeps nothing: the view is gone when you leave the page.',
  },

  outcomes: {
    conversation: 'Conversation',
    voicemail: 'Voicemail',
    'message-left': 'Message left',
    'no-answer': 'No answer',
    busy: 'Busy',
    failed: 'Failed',
    'invalid-number': 'Invalid number',
    canceled: 'Canceled',
    'opt-out': 'Asked not to be called',
    abandoned: 'Abandoned',
  } as Record<string, string>,

  callList: { when: 'When', outcome: 'Outcome', result: 'Result', talked: 'Talked' },

  callStates: {
    claimed: 'Not dialled yet',
    queued: 'Queued',
    initiated: 'Dialling',
    ringing: 'Ringing',
    'in-progress': 'In progress',
    completed: 'Completed',
    busy: 'Busy',
    'no-answer': 'No answer',
    failed: 'Failed',
    canceled: 'Canceled',
  } as Record<string, string>,

  turn: {
    agent: 'Agent',
    person: 'Person',
    colleague: 'Colleague',
    notHeard: 'not heard:',
    notYetHeard: 'not yet heard:',
    cutOff: (after: string) => `cut off after ${after}`,
  },

  findings: {
    levels: { block: 'Blocks', warn: 'Look at it', ok: 'In order' },
    remedy: 'What helps:',
  },

  roles: { admin: 'Admin', manager: 'Manager', supervisor: 'Supervisor', viewer: 'Viewer' } as Record<string, string>,

  errors: {
    noAnswer: { meaning: 'The server does not answer. Calls go on.', remedy: 'Try again in a moment.' },
    tooMany: (wait: string) => ({ meaning: 'You asked too often.', remedy: `Try again in ${wait}.` }),
    forbidden: { meaning: 'Your role does not allow it.', remedy: 'Ask an administrator.' },
    signedOut: { meaning: 'Your session ended.', remedy: 'Sign in, then try again.' },
    gone: { meaning: 'It no longer exists.', remedy: 'Load the list again.' },
    server: {
      meaning: 'The server failed at it. Calls go on.',
      remedy: 'Try again. If it stays, look at the server’s log under the request id.',
    },
    unavailable: { remedy: 'Calls go on.' },
    other: { remedy: 'Change what it names and try again.' },
  },

  ...frameText,
  ...sandboxText,
  ...sessionText,
  ...overviewText,
  ...accessText,
  ...healthText,
} as const;
