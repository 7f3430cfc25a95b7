import type { SessionUser } from './session.ts';

/** Names of the server's permission table. */
export type Permission = SessionUser['permissions'][number];

/** What something needs: nothing, one right, or any one of several. */
export type Needed = Permission | readonly Permission[] | undefined;

export const may = (user: SessionUser, needed: Needed): boolean =>
  needed === undefined ||
  (typeof needed === 'string' ? [needed] : needed).some(each => user.permissions.includes(each));
