import type { Permission } from '../lib/permissions.ts';
import { text } from '../strings/en.ts';

/** Every page that exists: its place, its name, the right it needs, and the key after "g" that leads to it. */
export type PageEntry = {
  path: string;
  label: string;
  needs?: Permission;
  key?: string;
  /** A page elsewhere that belongs to it. */
  also?: string;
  /** Exists only where a far end is the sandbox; stands at the foot of the navigation. */
  sandboxOnly?: true;
};

export const mainPages = {
  overview: { path: '/', label: text.nav.overview, key: 'o' },
  live: { path: '/live', label: text.nav.live, needs: 'calls:read', key: 'l' },
  calls: { path: '/calls', label: text.nav.calls, needs: 'calls:read', key: 'c' },
  campaigns: { path: '/campaigns', label: text.nav.campaigns, needs: 'campaigns:read', key: 'a' },
  contacts: { path: '/contacts', label: text.nav.contacts, needs: 'contacts:read', key: 'p', also: '/suppressions' },
  settings: { path: '/settings', label: text.nav.settings, key: 's' },
  operations: { path: '/operations', label: text.nav.operations, needs: 'system:read' },
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
  users: { path: '/settings/users', label: text.nav.users, needs: 'users:read' },
  apiKeys: { path: '/settings/api-keys', label: text.nav.apiKeys, needs: 'api-keys:read' },
  audit: { path: '/settings/audit', label: text.nav.audit, needs: 'audit:read' },
} as const satisfies Record<string, PageEntry>;

export const newCampaignPage = {
  path: '/campaigns/new',
  label: text.nav.newCampaign,
  needs: 'campaigns:write',
} as const satisfies PageEntry;
