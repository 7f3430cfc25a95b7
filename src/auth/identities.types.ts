import type { Principal } from './principal.ts';

export type { Permission } from './permissions.ts';
export type { Principal } from './principal.ts';

/** Who holds a credential; undefined when it is none of ours, has expired, or was revoked. */
export type Identify = (credential: string) => Promise<Principal | undefined>;

/** Who people and programs are, and whether they still are. */
export interface Identities {
  readonly identify: Identify;
  /**
   * How those who were identified before stand now, in their order: with the permissions they have today, or null where their session,
   * account or key is gone. Asks once for all of them. Says nothing about the time of a token: that is in `expiresAt`.
   */
  standing(principals: readonly Principal[]): Promise<(Principal | null)[]>;
}
