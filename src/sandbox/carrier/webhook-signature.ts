import { createHash, createHmac } from 'node:crypto';

/**
 * Twilio's signature: HMAC-SHA1 over the full public URL and, for a form body, every parameter sorted by name in byte order with
 * its decoded value appended. Of a repeated parameter the distinct values count, sorted.
 */
export function signRequest(authToken: string, url: string, form?: Iterable<readonly [string, string]>): string {
  const values = new Map<string, Set<string>>();
  for (const [name, value] of form ?? []) {
    const known = values.get(name);
    if (known) known.add(value);
    else values.set(name, new Set([value]));
  }
  let data = url;
  for (const name of [...values.keys()].sort()) {
    for (const value of [...values.get(name)!].sort()) data += name + value;
  }
  return createHmac('sha1', authToken).update(data, 'utf8').digest('base64');
}

/** What a JSON webhook's URL must carry, so that the body is covered by a signature over the URL alone. */
export const bodyDigest = (body: string | Buffer): string => createHash('sha256').update(body).digest('hex');

/** The URL as the receiver sees it: a fragment holds instructions for the sender and is neither sent nor signed. */
export const withoutFragment = (url: string): string => url.split('#', 1)[0]!;
