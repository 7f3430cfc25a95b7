import { createHmac, timingSafeEqual } from 'node:crypto';

/** Parameters of a form, decoded; a repeated one is a list. */
export type FormFields = Readonly<Record<string, unknown>>;

/** The carrier's signature: HMAC-SHA1 over the address and, of a form, every name in order with its decoded value. */
export function signatureOf(token: string, address: string, form: FormFields = {}): Buffer {
  return hmac(token, address + fieldsOf(form));
}

/** Every name in order with its decoded value. */
function fieldsOf(form: FormFields): string {
  let data = '';
  for (const name of Object.keys(form).sort()) {
    const value = form[name];
    if (typeof value === 'string') data += name + value;
    // Of a repeated parameter the distinct values count, sorted: so do the carrier's own validators.
    else for (const each of [...new Set([value].flat().map(each => String(each ?? '')))].sort()) data += name + each;
  }
  return data;
}

const hmac = (token: string, data: string): Buffer => createHmac('sha1', token).update(data, 'utf8').digest();

export interface SignedRequest {
  /** The header as it came. */
  readonly signature: string;
  /** Addresses of ours under which this request may have been signed. */
  readonly addresses: readonly string[];
  readonly form?: FormFields;
}

/** Whether one of these tokens signed the request under one of these addresses; compared in constant time. */
export function isSigned({ signature, addresses, form = {} }: SignedRequest, tokens: readonly string[]): boolean {
  if (!/^[A-Za-z0-9+/]{27}=$/.test(signature)) return false;
  const given = Buffer.from(signature, 'base64');
  const fields = fieldsOf(form);
  return addresses.some(address => tokens.some(token => timingSafeEqual(hmac(token, address + fields), given)));
}

/** The forms of one HTTP address that mean the same: with its port said and unsaid. */
export function httpForms(address: string): string[] {
  const url = withoutFragment(address);
  const [, scheme, authority, rest] = /^(https?):\/\/([^/?]*)(.*)$/s.exec(url) ?? [];
  if (!scheme || authority === undefined || rest === undefined) return [url];
  const port = /:\d+$/.exec(authority)?.[0];
  const twin = port ? authority.slice(0, -port.length) : `${authority}:${scheme === 'https' ? 443 : 80}`;
  return [url, `${scheme}://${twin}${rest}`];
}

/**
 * The forms of one WebSocket address: the carrier signs the `wss` one, with or without port (its own library says 80 there),
 * and drops a closing slash or not. All of them are ours, so accepting each costs no safety.
 */
export function socketForms(address: string): string[] {
  const [bare = ''] = withoutFragment(address).split('?', 1);
  const http = bare.replace(/^ws/, 'http');
  const paths = http.endsWith('/') ? [http, http.slice(0, -1)] : [http, `${http}/`];
  return paths.flatMap(path => {
    const [said = path, unsaid = path] = httpForms(path);
    const plain = [said, unsaid].map(each => each.replace(/^http/, 'ws'));
    return [...plain, ...plain.map(each => each.replace(/:443(?=\/|$)/, ':80')), said, unsaid];
  });
}

export const withoutFragment = (address: string): string => address.split('#', 1)[0]!;
