import type { SessionUser } from './session.ts';

/** Names of the server's permission table that the pages ask for. */
export type Permission =
  | 'users:read'
  | 'users:write'
  | 'api-keys:read'
  | 'api-keys:write'
  | 'audit:read'
  | 'system:read'
  | 'system:write';

export const may = (user: SessionUser, needed: Permission | undefined): boolean =>
  needed === undefined || user.permissions.includes(needed);
