import { lookup as resolve } from 'node:dns';
import { isIP, type LookupFunction } from 'node:net';
import ipaddr from 'ipaddr.js';

/** Why an address outside may not be called, in words for whoever entered it; undefined when it may. */
export function urlProblem(text: string, privateAllowed: boolean): string | undefined {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (!url) return 'is no web address; write it as https://example.com/path';
  if (url.protocol !== 'https:' && !(privateAllowed && url.protocol === 'http:')) return 'must begin with https://';
  if (url.username !== '' || url.password !== '')
    return 'must not contain a user or a password; the signature proves who we are';
  if (url.hash !== '') return 'must not contain a # part';
  const host = hostOf(url);
  if (privateAllowed) return undefined;
  if (isIP(host) !== 0 ? !isPublic(host) : isLocalName(host))
    return 'leads into a private network; set HOOKS_ALLOW_PRIVATE=true where that is meant';
  return undefined;
}

/** The name or number to connect to: IPv6 comes in brackets. */
export const hostOf = (url: URL): string => url.hostname.replace(/^\[|\]$/g, '');

const isLocalName = (host: string): boolean =>
  host === 'localhost' || /\.(localhost|local|internal|home\.arpa)\.?$/.test(host) || !host.includes('.');

/** Whether an address is one of the open Internet, also when it is written inside another one (IPv4 in IPv6, 6to4, NAT64). */
export function isPublic(address: string): boolean {
  if (!ipaddr.isValid(address)) return false;
  const parsed = ipaddr.process(address);
  return parsed.range() === 'unicast';
}

/**
 * Resolves a name for the connection itself, so that what was checked is what is connected to: a name that points elsewhere
 * a moment later gains nothing. One private address among the answers refuses them all.
 */
export const publicLookup: LookupFunction = (hostname, options, callback) => {
  resolve(hostname, { ...options, all: true }, (error, found) => {
    if (error) return callback(error, '', 0);
    const refused = found.find(({ address }) => !isPublic(address));
    if (refused || !found[0]) return callback(new PrivateAddressError(), '', 0);
    if (options.all) return (callback as (error: null, found: unknown) => void)(null, found);
    return callback(null, found[0].address, found[0].family);
  });
};

export class PrivateAddressError extends Error {
  constructor() {
    super('the address leads into a private network');
    this.name = 'PrivateAddressError';
  }
}
