import type { CarrierCore } from './carrier-core.ts';
import { deliveryUrl } from './deliver-map.ts';
import { createHttpAgents, httpExchange } from './http-exchange.ts';
import { signRequest } from './webhook-signature.ts';

/**
 * Asks a webhook address without a signature and with one made by a stranger. Both must be refused with 403; anything else is a
 * violation, because whoever finds the address could speak in the carrier's name.
 */
export async function probeSignature(core: CarrierCore, url: string): Promise<boolean> {
  const agents = createHttpAgents();
  const fields: [string, string][] = [
    ['AccountSid', core.accountSid],
    ['CallSid', `CA${'0'.repeat(32)}`],
    ['CallStatus', 'completed'],
  ];
  const attempts: [string, Record<string, string>][] = [
    ['without a signature', {}],
    ['with a signature made by a stranger', { 'x-twilio-signature': signRequest('a stranger', url, fields) }],
  ];
  let refused = true;
  try {
    for (const [how, headers] of attempts) {
      const reply = await httpExchange({
        method: 'POST',
        url: deliveryUrl(url, core.deliver()),
        headers: { host: new URL(url).host, 'content-type': 'application/x-www-form-urlencoded', ...headers },
        body: new URLSearchParams(fields).toString(),
        connectTimeoutMs: 5_000,
        readTimeoutMs: 15_000,
        totalTimeoutMs: 15_000,
        agents,
      });
      if (reply.status === 403) continue;
      refused = false;
      core.ledger.violation('unsigned-accepted', `${url} answered ${reply.status} to a request ${how}`);
    }
  } finally {
    agents.http.destroy();
    agents.https.destroy();
  }
  return refused;
}
