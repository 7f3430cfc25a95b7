import type { Test } from 'tap';
import twilio from 'twilio';
import { startTestCarrier, type TestCarrierOptions } from './carrier.ts';
import { startTrivialProduct } from './trivial-product.ts';

// The client would otherwise send requests to a region of its own choosing.
delete process.env['TWILIO_REGION'];
delete process.env['TWILIO_EDGE'];

export const callee = '+13125550142';

/** A carrier twin, a product behind a public origin, and Twilio's own client: what most tests of the twin need. */
export async function startCarrierWithProduct(t: Test, options: TestCarrierOptions = {}) {
  const product = await startTrivialProduct(t, options.authToken ?? '7b'.repeat(16));
  const carrier = await startTestCarrier(t, { deliver: { [product.publicOrigin]: product.localOrigin }, ...options });
  const client = twilio(carrier.accountSid, carrier.authToken, { autoRetry: false, timeout: 5_000 });
  client.api.baseUrl = carrier.baseUrl;
  const call = (options: Partial<Parameters<typeof client.calls.create>[0]> = {}) =>
    client.calls.create({ to: callee, from: carrier.phoneNumber, ...options } as Parameters<
      typeof client.calls.create
    >[0]);
  return { product, carrier, client, call, origin: product.publicOrigin };
}
