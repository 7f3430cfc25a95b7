/** Roles from most to least. */
export const roles = ['admin', 'manager', 'supervisor', 'viewer'] as const;
export type Role = (typeof roles)[number];

interface Right {
  readonly about: string;
  /** Roles that hold it besides admin, who holds all. */
  readonly roles: readonly Exclude<Role, 'admin'>[];
}

/** The one table of who may do what. Routes, live commands and API key scopes use these names. */
export const permissionTable = {
  'users:read': { about: 'See who can sign in.', roles: [] },
  'users:write': { about: 'Add people, change roles and passwords, switch accounts off.', roles: [] },
  'api-keys:read': { about: 'See API keys (never their secrets).', roles: ['manager'] },
  'api-keys:write': { about: 'Make and revoke API keys with at most your own permissions.', roles: ['manager'] },
  'audit:read': { about: 'Read who changed what.', roles: [] },
  'system:read': { about: 'See dependencies, versions and load.', roles: [] },
  'system:write': { about: 'Change the log level of the running server.', roles: [] },
  'metrics:read': { about: 'Read /metrics.', roles: [] },
  'jobs:read': { about: 'See background jobs and dead letters.', roles: [] },
  'agents:read': { about: 'See agents and their versions.', roles: ['manager', 'supervisor', 'viewer'] },
  'agents:write': { about: 'Make, change and archive agents.', roles: ['manager'] },
  'calls:read': { about: 'See calls and what was said on them.', roles: ['manager', 'supervisor', 'viewer'] },
  'calls:place': {
    about: 'Place a call, vouching for the consent of whoever is called.',
    roles: ['manager', 'supervisor'],
  },
  'calls:end': { about: 'End a live call.', roles: ['manager', 'supervisor'] },
  'calls:listen': { about: 'Hear a live call.', roles: ['manager', 'supervisor'] },
  'calls:whisper': { about: 'Tell the agent of a live call something.', roles: ['manager', 'supervisor'] },
  'calls:take-over': { about: 'Speak on a live call in the agent’s place.', roles: ['manager', 'supervisor'] },
  'calls:transfer': { about: 'Pass a live call on to another number.', roles: ['manager', 'supervisor'] },
  'people:see': {
    about: 'See the names and numbers of people on calls and among contacts; without it they are masked.',
    roles: ['manager', 'supervisor'],
  },
  'calls:erase': { about: 'Erase what was said and recorded on a call, for good.', roles: [] },
  'recordings:listen': { about: 'Hear and download recordings of calls.', roles: ['manager', 'supervisor'] },
  'recordings:clean-up': { about: 'Remove recordings and transcripts before their time is over.', roles: [] },
  'numbers:read': {
    about: 'See our telephone numbers and who answers them.',
    roles: ['manager', 'supervisor', 'viewer'],
  },
  'numbers:write': { about: 'Say who answers a number, and point it at this installation.', roles: ['manager'] },
  'contacts:read': {
    about: 'See contacts, their lists and their consent.',
    roles: ['manager', 'supervisor', 'viewer'],
  },
  'contacts:write': { about: 'Add, import and change contacts and their consent.', roles: ['manager'] },
  'contacts:delete': { about: 'Delete contacts and lists.', roles: ['manager'] },
  'contacts:export': { about: 'Download contacts as a file.', roles: ['manager'] },
  'suppressions:read': { about: 'See numbers that must not be called.', roles: ['manager', 'supervisor'] },
  'suppressions:write': { about: 'Add numbers that must not be called.', roles: ['manager', 'supervisor'] },
  'suppressions:lift': { about: 'Take a number off that list again, with a reason.', roles: [] },
  'campaigns:read': {
    about: 'See campaigns, whom they call and how far they are.',
    roles: ['manager', 'supervisor', 'viewer'],
  },
  'campaigns:write': { about: 'Make and change campaigns, and add people to them.', roles: ['manager'] },
  'campaigns:run': { about: 'Start, pause, resume and stop campaigns.', roles: ['manager', 'supervisor'] },
  'campaigns:delete': { about: 'Delete campaigns that do not run.', roles: ['manager'] },
  'kill-switch:read': { about: 'See whether calling is stopped.', roles: ['manager', 'supervisor', 'viewer'] },
  'kill-switch:write': { about: 'Stop all calling at once, and allow it again.', roles: ['manager'] },
  'hooks:read': { about: 'See outgoing webhooks and what was sent.', roles: ['manager'] },
  'hooks:write': { about: 'Add, change, test and remove outgoing webhooks.', roles: ['manager'] },
  'sandbox:use': { about: 'Use the sandbox: its calls, people, faults and browser phone.', roles: ['manager'] },
  'receipts:read': { about: 'See what vendors told us about calls.', roles: [] },
  'receipts:write': { about: 'Work through again what a vendor told us.', roles: [] },
  'jobs:write': { about: 'Replay or discard background jobs.', roles: [] },
} as const satisfies Record<string, Right>;

export type Permission = keyof typeof permissionTable;
export const permissionNames = Object.keys(permissionTable) as Permission[];

/** Everything a role may do. */
export function permissionsOf(role: Role): Permission[] {
  return permissionNames.filter(
    name => role === 'admin' || (permissionTable[name].roles as readonly Role[]).includes(role),
  );
}
