/** From a public address prefix to the local one that stands behind it. */
export type DeliverMap = Readonly<Record<string, string>>;

const stripSlash = (url: string) => url.replace(/\/+$/, '');
const httpScheme = (url: string) => url.replace(/^ws(s?):/i, 'http$1:');

/** A deliver map that is asked at every request: a server on a free port knows its address only once it listens. */
export type DeliverLookup = () => DeliverMap;

/** Reads `ORIGIN=URL` as given on the command line, e.g. `https://calls.example.com=http://127.0.0.1:8000`. */
export function parseDeliver(text: string): [string, string] {
  const at = text.indexOf('=');
  const [from, to] = [text.slice(0, at), text.slice(at + 1)];
  if (at < 1 || !URL.canParse(from) || !URL.canParse(to)) {
    throw new Error(`--deliver ${text}: expected ORIGIN=URL, e.g. https://calls.example.com=http://127.0.0.1:8000`);
  }
  return [stripSlash(from), stripSlash(to)];
}

/**
 * Where a request for a public address is really sent. The request stays signed for, and names in its Host header, the public
 * address: this is what a tunnel or a proxy in front of the product does.
 */
export const deliveryUrl = (publicUrl: string, map: DeliverMap): string => delivery(publicUrl, map).url;

/** The same, and whether the map said so. */
export function delivery(publicUrl: string, map: DeliverMap): { url: string; mapped: boolean } {
  const url = new URL(publicUrl);
  const socket = url.protocol === 'ws:' || url.protocol === 'wss:';
  const wanted = httpScheme(url.href);
  for (const [from, to] of Object.entries(map)) {
    const prefix = stripSlash(new URL(httpScheme(from)).href);
    if (wanted !== prefix && !wanted.startsWith(`${prefix}/`) && !wanted.startsWith(`${prefix}?`)) continue;
    const target = stripSlash(to) + wanted.slice(prefix.length);
    return { url: socket ? target.replace(/^http(s?):/i, 'ws$1:') : target, mapped: true };
  }
  return { url: url.href, mapped: false };
}

/** True for addresses on this machine, the only ones to which an unencrypted media stream is opened. */
export function isLoopback(url: string): boolean {
  const host = new URL(url).hostname;
  return host === 'localhost' || host === '[::1]' || /^127(\.\d{1,3}){3}$/.test(host);
}
