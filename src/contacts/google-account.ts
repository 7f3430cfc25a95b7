import { importPKCS8, SignJWT } from 'jose';
import { request } from 'undici';
import { AppError } from '../errors.ts';

export interface GoogleAccountOptions {
  /** The JSON of a key file, checked by the configuration. */
  readonly key: string;
  readonly tokenUrl: string;
  readonly now: () => Date;
}

/** A service account: an identity of this installation at Google, which people share their sheets with. */
export interface GoogleAccount {
  readonly email: string;
  /** A token to read sheets with, kept until shortly before it ends. */
  token(signal?: AbortSignal): Promise<string>;
  /** Forgets the token, so that the next one is new. */
  forget(): void;
}

const scope = 'https://www.googleapis.com/auth/spreadsheets.readonly';
const grantType = 'urn:ietf:params:oauth:grant-type:jwt-bearer';
const lifeSeconds = 3600;
/** A token that ends while a page is read would fail that page. */
const marginMs = 60_000;
const timeoutMs = 15_000;

export function createGoogleAccount({ key, tokenUrl, now }: GoogleAccountOptions): GoogleAccount {
  const { client_email: email, private_key: pem, private_key_id: keyId } = JSON.parse(key) as Record<string, string>;
  let current: { token: string; until: number } | undefined;

  async function assertion(): Promise<string> {
    // Where the JSON went through an environment variable, its line breaks may have been escaped twice.
    const privateKey = await importPKCS8(pem!.replaceAll('\\n', '\n'), 'RS256').catch(error => {
      throw refused('the private key of GOOGLE_SERVICE_ACCOUNT cannot be read', error);
    });
    const issuedAt = Math.floor(now().getTime() / 1000);
    return new SignJWT({ scope })
      .setProtectedHeader({ alg: 'RS256', typ: 'JWT', ...(keyId ? { kid: keyId } : {}) })
      .setIssuer(email!)
      .setAudience(tokenUrl)
      .setIssuedAt(issuedAt)
      .setExpirationTime(issuedAt + lifeSeconds)
      .sign(privateKey);
  }

  async function fetchToken(signal: AbortSignal | undefined) {
    const body = new URLSearchParams({ grant_type: grantType, assertion: await assertion() }).toString();
    const answer = await request(tokenUrl, {
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body,
      signal: AbortSignal.any([AbortSignal.timeout(timeoutMs), ...(signal ? [signal] : [])]),
    }).catch(error => {
      signal?.throwIfAborted();
      throw new AppError('GOOGLE_UNAVAILABLE', 'Google cannot be reached; try again later', { cause: error });
    });
    const said = (await answer.body.json().catch(() => ({}))) as Record<string, unknown>;
    if (answer.statusCode >= 500 || answer.statusCode === 429)
      throw new AppError('GOOGLE_UNAVAILABLE', 'Google gives no access at the moment; try again later');
    const { access_token: token, expires_in: seconds } = said;
    if (answer.statusCode !== 200 || typeof token !== 'string' || typeof seconds !== 'number')
      throw refused(
        said['error'] === 'invalid_grant'
          ? "the key was revoked or deleted, the account was switched off, or this machine's clock is wrong"
          : String(said['error'] ?? `it answered ${answer.statusCode}`).slice(0, 100),
      );
    return { token, until: now().getTime() + seconds * 1000 - marginMs };
  }

  return {
    email: email!,
    async token(signal) {
      if (!current || current.until <= now().getTime()) current = await fetchToken(signal);
      return current.token;
    },
    forget: () => {
      current = undefined;
    },
  };
}

const refused = (reason: string, cause?: unknown) =>
  new AppError('GOOGLE_CREDENTIALS_REFUSED', `Google does not accept GOOGLE_SERVICE_ACCOUNT: ${reason}`, {
    ...(cause === undefined ? {} : { cause }),
  });
