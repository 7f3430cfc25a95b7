import type { Needed, Permission } from '../lib/permissions.ts';
import { text } from '../strings/en.ts';

/** Every page that exists: its place, its name, the right it needs, and the key after "g" that leads to it. */
export type PageEntry = {
  path: string;
  label: string;
  needs?: Needed;
  key?: string;
  /** A page elsewhere that belongs to it. */
  also?: string;
  /** Exists only where a far end is the sandbox; stands at the foot of the navigation. */
  sandboxOnly?: true;
};

/** Whoever may stop calls has a place to do it, whatever else of the operations is closed to them. */
const stopsCalls: readonly Permission[] = ['kill-switch:write', 'campaigns:run'];

export const mainPages = {
  overview: { path: '/', label: text.nav.overview, key: 'o' },
  live: { path: '/live', label: text.nav.live, needs: 'calls:read', key: 'l' },
  calls: { path: '/calls', label: text.nav.calls, needs: 'calls:read', key: 'c' },
  campaigns: { path: '/campaigns', label: text.nav.campaigns, needs: 'campaigns:read', key: 'a' },
  contacts: { path: '/contacts', label: text.nav.contacts, needs: 'contacts:read', key: 'p', also: '/suppressions' },
  settings: { path: '/settings', label: text.nav.settings, key: 's' },
  operations: { path: '/operations', label: text.nav.operations, needs: ['system:read', ...stopsCalls] },
  sandbox: { path: '/sandbox', label: text.nav.sandbox, needs: 'sandbox:use', sandboxOnly: true },
} as const satisfies Record<string, PageEntry>;

export const contactsPages = {
  people: { path: '/contacts', label: text.nav.people, needs: 'contacts:read' },
  lists: { path: '/contacts/lists', label: text.nav.lists, needs: 'contacts:read' },
  imports: { path: '/contacts/imports', label: text.nav.imports, needs: 'contacts:read' },
  suppressions: { path: '/suppressions', label: text.nav.suppressions, needs: 'suppressions:read' },
} as const satisfies Record<string, PageEntry>;

export const settingsPages = {
  account: { path: '/settings/account', label: text.nav.account },
  agents: { path: '/settings/agents', label: text.nav.agents, needs: 'agents:read' },
  numbers: { path: '/settings/numbers', label: text.nav.numbers, needs: 'numbers:read' },
  users: { path: '/settings/users', label: text.nav.users, needs: 'users:read' },
  apiKeys: { path: '/settings/api-keys', label: text.nav.apiKeys, needs: 'api-keys:read' },
  webhooks: { path: '/settings/webhooks', label: text.nav.webhooks, needs: 'hooks:read' },
  retention: { path: '/settings/retention', label: text.nav.retention, needs: 'recordings:clean-up' },
  audit: { path: '/settings/audit', label: text.nav.audit, needs: 'audit:read' },
} as const satisfies Record<string, PageEntry>;

export const newAgentPage = {
  path: '/settings/agents/new',
  label: text.nav.newAgent,
  needs: 'agents:write',
} as const satisfies PageEntry;

export const operationsPages = {
  health: { path: '/operations', label: text.nav.health, needs: 'system:read' },
  calling: { path: '/operations/calling', label: text.nav.calling, needs: ['system:read', ...stopsCalls] },
  jobs: { path: '/operations/jobs', label: text.nav.jobs, needs: 'jobs:read' },
  receipts: { path: '/operations/receipts', label: text.nav.receipts, needs: 'receipts:read' },
  sessions: { path: '/operations/sessions', label: text.nav.sessions, needs: 'system:read' },
} as const satisfies Record<string, PageEntry>;

export const newCampaignPage = {
  path: '/campaigns/new',
  label: text.nav.newCampaign,
  needs: 'campaigns:write',
} as const satisfies PageEntry;
