import type { FastifyInstance } from 'fastify';
import { authorise, bearerOf, refuseCredential, requireDeclarations } from './access.ts';
import type { Identify } from './identities.types.ts';

/** Only the API is rate-limited by request; vendors, health and the dashboard's files count when verification fails. */
const isApi = (url: string): boolean => url.startsWith('/api/');

/** Every request passes here: who is it, how much may they still ask, may they use this route. */
export function installAccessControl(app: FastifyInstance, identify: Identify): void {
  app.decorateRequest('principal', null);
  requireDeclarations(app);

  app.addHook('onRequest', async (request, reply) => {
    const { url, config } = request.routeOptions;
    const { access } = config;
    if (url === undefined || access === undefined) {
      // Guessing addresses of the API costs as much as asking at real ones.
      if (isApi(request.url)) await app.rateLimits.anonymous(request, reply);
      return;
    }
    // A vendor's own Authorization header is the handler's business.
    const credential = access === 'sender-verified' ? undefined : bearerOf(request);
    if (credential !== undefined) request.principal = (await identify(credential)) ?? null;
    const refused = credential !== undefined && request.principal === null;

    if (request.principal) {
      if (isApi(url))
        await app.rateLimits.identified(request, reply, `${request.principal.kind}:${request.principal.id}`);
    } else if (isApi(url)) await app.rateLimits.anonymous(request, reply);
    else if (refused) await app.rateLimits.failedVerification(request, reply);

    if (refused && access !== 'public') throw refuseCredential();
    authorise(request, access);
  });
}
