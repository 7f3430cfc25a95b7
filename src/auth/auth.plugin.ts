import fp from 'fastify-plugin';
import type { FirstAdministrator } from '../ops/ready-notice.ts';
import type { Authenticator } from './access.ts';
import { installAccessControl } from './access-control.ts';
import { createAccessTokens } from './access-tokens.ts';
import { apiKeyRoutes } from './api-key.routes.ts';
import { ApiKeyRepository } from './api-key-repository.ts';
import { createApiKeyService } from './api-key-service.ts';
import { auditRoutes } from './audit.routes.ts';
import { AuditRepository } from './audit-repository.ts';
import { installAuditTrail } from './audit-trail.ts';
import { createIdentities } from './identities.ts';
import type { Identities } from './identities.types.ts';
import './auth-events.ts';
import { createIdentityService } from './identity-service.ts';
import { keptJwtSecret } from './jwt-secret.ts';
import { killSwitchTurns } from './kill-switch-turns.ts';
import { metricsPrincipal, staticPrincipal } from './principal.ts';
import { sameSecret } from './secrets.ts';
import { sessionRoutes } from './session.routes.ts';
import { SessionRepository } from './session-repository.ts';
import { userRoutes } from './user.routes.ts';
import { UserRepository } from './user-repository.ts';
import { createUserService } from './user-service.ts';

declare module 'fastify' {
  interface FastifyInstance {
    /** Whom to tell about the first sign-in. */
    firstAdministrator: FirstAdministrator;
    /** When the kill switch was turned, oldest first. */
    killSwitchTurns: () => ReturnType<typeof killSwitchTurns>;
    /** Who holds a credential, for doors beside HTTP. */
    identities: Identities;
  }
}

/** Who is asking and what they may do; every route registered after this one is behind it. */
export const authPlugin = fp<{ now: () => Date }>(
  async (app, { now }) => {
    const { config } = app.operations;
    const users = new UserRepository(app.store);
    const sessions = new SessionRepository(app.store);
    const keys = new ApiKeyRepository(app.store);
    const audit = new AuditRepository(app.store);
    const accessChanged = () => app.operations.events.publish('access.changed', {});

    const current = config.JWT_SECRET ?? keptJwtSecret(config.DATA_DIR);
    const tokens = createAccessTokens(
      config.JWT_SECRET_PREVIOUS ? [current, config.JWT_SECRET_PREVIOUS] : [current],
      now,
    );
    const identity = createIdentityService({ users, sessions, tokens, now, accessChanged });
    const apiKeys = createApiKeyService(keys, users, now, accessChanged);
    const userService = createUserService(users, sessions, now, accessChanged);

    const fixed: Authenticator = credential => {
      if (config.API_KEY && sameSecret(credential, config.API_KEY)) return staticPrincipal;
      return config.METRICS_TOKEN && sameSecret(credential, config.METRICS_TOKEN) ? metricsPrincipal : undefined;
    };
    const identities = createIdentities([fixed, apiKeys.authenticate, identity.authenticate], {
      users,
      sessions,
      keys,
      now,
    });
    installAccessControl(app, identities.identify);
    app.decorate('identities', identities);
    installAuditTrail(app, audit, now);

    await app.register(sessionRoutes, { identity });
    await app.register(userRoutes, { users, service: userService });
    await app.register(apiKeyRoutes, { keys, service: apiKeys });
    await app.register(auditRoutes, { audit });

    app.decorate('auditLog', audit);
    app.decorate('killSwitchTurns', () => killSwitchTurns(audit));
    app.decorate('firstAdministrator', { email: config.ADMIN_EMAIL });
    // Once the indexes stand: of two first starts at once, the unique address lets one make the administrator.
    app.addHook('onReady', async () => {
      app.firstAdministrator = await userService.ensureAdministrator(config.ADMIN_EMAIL, config.ADMIN_PASSWORD);
    });
  },
  { name: 'auth', dependencies: ['store', 'rate-limits'] },
);
