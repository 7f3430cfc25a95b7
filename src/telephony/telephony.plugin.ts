import fp from 'fastify-plugin';
import { type CarrierAddresses, createCarrierAddresses } from './carrier-addresses.ts';
import type { Carrier } from './carrier-contract.ts';
import { carrierDependency } from './carrier-health.ts';
import { createSignatureGuard, type SignatureGuard } from './signature-guard.ts';
import { createTwilioCarrier } from './twilio-carrier.ts';
import { apiBaseUrlOf } from './twilio-region.ts';

declare module 'fastify' {
  interface FastifyInstance {
    carrier: Carrier;
    /** Every address that the carrier is told. */
    carrierAddresses: CarrierAddresses;
    /** Route options for whatever the carrier asks of us. */
    fromCarrier: SignatureGuard;
  }
}

/** The carrier's door: requests to it, the documents and addresses it is given, and the check of what comes from it. */
export const telephonyPlugin = fp(
  async app => {
    const { config, dependencies, logging, metrics } = app.operations;
    const { accountSid, authToken, apiBaseUrl, sandbox } = app.farEnds.carrier;
    const carrier = createTwilioCarrier({
      accountSid,
      authToken,
      apiBaseUrl: sandbox ? apiBaseUrl : apiBaseUrlOf(config),
      metrics,
    });
    app.decorate('carrier', carrier);
    app.addHook('onClose', () => carrier.close());
    // The sandbox speaks for itself.
    if (!sandbox) dependencies.register(carrierDependency(carrier));

    const previous = config.TWILIO_AUTH_TOKEN_PREVIOUS;
    app.decorate('carrierAddresses', createCarrierAddresses(app.publicAddress));
    app.decorate(
      'fromCarrier',
      createSignatureGuard({
        accountSid,
        tokens: previous ? [authToken, previous] : [authToken],
        origin: app.publicAddress,
        logger: logging.component('telephony'),
        metrics,
        countFailure: (request, reply) => app.rateLimits.failedVerification(request, reply),
      }),
    );
  },
  { name: 'telephony', dependencies: ['web-sockets', 'rate-limits', 'addresses', 'sandbox'] },
);
