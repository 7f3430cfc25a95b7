import type { IncomingMessage } from 'node:http';
import proxyAddress from '@fastify/proxy-addr';
import type { TrustedProxies } from '../config-values.ts';

/** Who connects, as requests of the API are told: proxies are believed as far as `TRUST_PROXY` says. */
export function clientAddress(trusted: TrustedProxies): (request: IncomingMessage) => string {
  if (trusted === false) return request => request.socket.remoteAddress ?? 'unknown';
  const believes =
    typeof trusted === 'number' ? (_: string, hop: number) => hop < trusted : proxyAddress.compile(trusted);
  return request => proxyAddress.all(request as never, believes).at(-1) ?? 'unknown';
}
