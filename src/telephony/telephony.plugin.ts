import fp from 'fastify-plugin';
import { type CarrierAddresses, createCarrierAddresses } from './carrier-addresses.ts';
import { createSignatureGuard, type SignatureGuard } from './signature-guard.ts';

declare module 'fastify' {
  interface FastifyInstance {
    /** Every address that the carrier is told. */
    carrierAddresses: CarrierAddresses;
    /** Route options for whatever the carrier asks of us. */
    fromCarrier: SignatureGuard;
  }
}

/** The carrier's door: requests to it, the documents and addresses it is given, and the check of what comes from it. */
export const telephonyPlugin = fp(
  async app => {
    const { config, logging, metrics } = app.operations;
    const { accountSid, authToken } = app.farEnds.carrier;
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
