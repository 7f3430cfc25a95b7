import type { SessionUser } from './session.ts';

/** Names of the server's permission table. */
export type Permission = SessionUser['permissions'][number];

export const may = (user: SessionUser, needed: Permission | undefined): boolean =>
  needed === undefined || user.permissions.includes(needed);
