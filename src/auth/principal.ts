import { type Permission, permissionNames, permissionsOf, type Role } from './permissions.ts';

/** Who asks: a signed-in person, an API key, or the installation's static key. */
export interface Principal {
  readonly kind: 'user' | 'key' | 'static';
  readonly id: string;
  /** How the audit log names them: an e-mail address or a key's name. */
  readonly label: string;
  readonly role: Role;
  readonly permissions: ReadonlySet<Permission>;
  /** The signed-in session, for a user. */
  readonly sessionId?: string;
  /** Until when the credential holds that was shown; absent where it does not end by itself. */
  readonly expiresAt?: Date;
}

/** Whoever holds the installation's `API_KEY`. */
export const staticPrincipal: Principal = {
  kind: 'static',
  id: 'API_KEY',
  label: 'API_KEY',
  role: 'admin',
  permissions: new Set(permissionNames),
};

/** Whoever holds `METRICS_TOKEN`: a scraper, which may read the figures and nothing else. */
export const metricsPrincipal: Principal = {
  kind: 'static',
  id: 'METRICS_TOKEN',
  label: 'METRICS_TOKEN',
  role: 'viewer',
  permissions: new Set(['metrics:read'] as const),
};

export function userPrincipal(
  user: { id: string; email: string; role: Role },
  sessionId: string,
  expiresAt: Date | undefined,
): Principal {
  return {
    kind: 'user',
    id: user.id,
    label: user.email,
    role: user.role,
    permissions: new Set(permissionsOf(user.role)),
    sessionId,
    ...(expiresAt ? { expiresAt } : {}),
  };
}

/** A key can never do more than its maker still can. */
export function keyPrincipal(
  key: { id: string; name: string; scopes: readonly Permission[]; expiresAt: Date | null },
  makerRole: Role,
): Principal {
  const allowed = new Set(permissionsOf(makerRole));
  return {
    kind: 'key',
    id: key.id,
    label: key.name,
    role: makerRole,
    permissions: new Set(key.scopes.filter(scope => allowed.has(scope))),
    ...(key.expiresAt ? { expiresAt: key.expiresAt } : {}),
  };
}
