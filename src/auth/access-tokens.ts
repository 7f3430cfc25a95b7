import { jwtVerify, SignJWT } from 'jose';

/** How long an access token lives: short, since it is only looked at, while the session behind it can be ended at once. */
export const accessTokenSeconds = 900;

export interface AccessClaims {
  readonly userId: string;
  readonly sessionId: string;
}

export interface ReadClaims extends AccessClaims {
  readonly expiresAt: Date;
}

export interface AccessTokens {
  issue(claims: AccessClaims): Promise<string>;
  /** Undefined when the text is not such a token, or not ours, or expired. */
  read(token: string): Promise<ReadClaims | undefined>;
}

const issuer = 'parley';
const algorithm = 'HS256';

/** Signs with the first secret, accepts all of them: that is how the secret is changed without signing anybody out. */
export function createAccessTokens(secrets: readonly [string, ...string[]], now: () => Date): AccessTokens {
  const keys = secrets.map(secret => new TextEncoder().encode(secret));
  return {
    issue: ({ userId, sessionId }) => {
      const issuedAt = Math.floor(now().getTime() / 1000);
      return new SignJWT({ sid: sessionId })
        .setProtectedHeader({ alg: algorithm, typ: 'at+jwt' })
        .setSubject(userId)
        .setIssuer(issuer)
        .setIssuedAt(issuedAt)
        .setExpirationTime(issuedAt + accessTokenSeconds)
        .sign(keys[0]!);
    },
    read: async token => {
      for (const key of keys) {
        try {
          const { payload } = await jwtVerify(token, key, {
            issuer,
            algorithms: [algorithm],
            typ: 'at+jwt',
            currentDate: now(),
          });
          const sessionId = payload['sid'];
          if (typeof sessionId !== 'string' || !payload.sub || payload.exp === undefined) return undefined;
          return { userId: payload.sub, sessionId, expiresAt: new Date(payload.exp * 1_000) };
        } catch {
          // Signed with another secret, expired, or not a token at all: the next secret may know it.
        }
      }
      return undefined;
    },
  };
}
