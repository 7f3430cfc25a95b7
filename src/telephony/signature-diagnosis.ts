import type { FastifyRequest } from 'fastify';
import { type FormFields, httpForms, isSigned, socketForms } from './signature.ts';

export interface DiagnosisContext {
  readonly accountSid: string;
  readonly tokens: readonly string[];
  /** Public origin with path prefix. */
  readonly base: string;
  readonly reason: 'missing' | 'wrong' | 'body';
}

/**
 * What an operator should look at first. Other addresses are tried for this sentence only: a request that fits one of them
 * is refused all the same.
 */
export function likelyCause(request: FastifyRequest, { accountSid, tokens, base, reason }: DiagnosisContext): string {
  if (reason === 'missing') {
    return 'no X-Twilio-Signature came: somebody else asked, or a proxy removes the header';
  }
  if (reason === 'body') {
    return 'the body is not the one that was signed: a proxy changed it, or it came as JSON without bodySHA256';
  }
  const form = formOf(request);
  const account = form?.['AccountSid'];
  if (typeof account === 'string' && /^AC[0-9a-f]{32}$/.test(account) && account !== accountSid) {
    return 'the request names another account than TWILIO_ACCOUNT_SID; subaccounts sign with their own auth token';
  }
  const signature = String(request.headers['x-twilio-signature']);
  for (const { origin, told } of otherOrigins(request, base)) {
    const asked = origin + request.url;
    const addresses = [...httpForms(asked), ...socketForms(asked)];
    if (isSigned({ signature, addresses, ...(form ? { form } : {}) }, tokens)) {
      return `the carrier asked ${origin} (${told}), but SERVER_URL is ${base}: set SERVER_URL to the address that the carrier calls`;
    }
  }
  const host = hostOf(request);
  if (host !== undefined && host !== new URL(base).host) {
    return `the request came for ${host} while SERVER_URL is ${base}: SERVER_URL is wrong, or a proxy passes on another Host, or TWILIO_AUTH_TOKEN is not this account's primary auth token`;
  }
  return "TWILIO_AUTH_TOKEN is not this account's primary auth token (an API key's secret does not sign; after a rotation keep the old one in TWILIO_AUTH_TOKEN_PREVIOUS), or a proxy changes path, query or body";
}

/** Where the request may have been sent, going by what it and the proxies before us say. */
function otherOrigins(request: FastifyRequest, base: string): { origin: string; told: string }[] {
  const { host, 'x-forwarded-host': forwarded } = request.headers;
  const prefix = new URL(base).pathname.replace(/\/$/, '');
  const hosts = [
    { name: host, told: 'Host' },
    { name: typeof forwarded === 'string' ? forwarded.split(',', 1)[0]?.trim() : undefined, told: 'X-Forwarded-Host' },
    { name: new URL(base).host, told: 'another scheme or path prefix' },
  ];
  return hosts.flatMap(({ name, told }) =>
    isHost(name)
      ? ['https', 'http'].flatMap(scheme =>
          [...new Set(['', prefix])].map(path => ({ origin: `${scheme}://${name}${path}`, told })),
        )
      : [],
  );
}

const isHost = (name: string | undefined): name is string =>
  name !== undefined && name.length <= 253 && /^[\w.-]+(:\d{1,5})?$/.test(name);

const hostOf = (request: FastifyRequest): string | undefined =>
  isHost(request.headers.host) ? request.headers.host : undefined;

const contentType = (request: FastifyRequest): string =>
  (request.headers['content-type'] ?? '').split(';', 1)[0]!.trim().toLowerCase();

export const isJson = (request: FastifyRequest): boolean => contentType(request) === 'application/json';

/** The parameters of a form as the handler will see them; undefined for a body of another kind. */
export function formOf(request: FastifyRequest): FormFields | undefined {
  if (contentType(request) !== 'application/x-www-form-urlencoded') return undefined;
  return (request.body ?? {}) as FormFields;
}
