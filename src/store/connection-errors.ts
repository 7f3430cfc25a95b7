import { mongo } from 'mongoose';
import { AppError, type ErrorCode } from '../errors.ts';

/** MongoDB 6.0, the oldest whose behaviour the store relies on. */
export const oldestWireVersion = 17;

export const tooOld = (cause?: unknown): AppError =>
  new AppError(
    'STORE_TOO_OLD',
    'The server at MONGODB_URI is too old: Parley needs MongoDB 6.0 or later',
    cause === undefined ? {} : { cause },
  );

export const invalidUri = (cause: unknown): AppError =>
  new AppError(
    'STORE_URI_INVALID',
    'MONGODB_URI is not an address that can be used; it looks like mongodb://user:password@host:27017/database (with %-escapes in the password)',
    { cause },
  );

const hopeless: ReadonlySet<ErrorCode> = new Set(['STORE_URI_INVALID', 'STORE_AUTH_REFUSED', 'STORE_TOO_OLD']);

/** Waiting does not mend it; somebody has to change the configuration. */
export const isHopeless = (problem: AppError): boolean => hopeless.has(problem.code);

// AuthenticationFailed, Unauthorized, UserNotFound, MechanismUnavailable, and Atlas' own "bad auth".
const authCodes = new Set([11, 13, 18, 334, 8000]);

/** One line that says what to do about a connection that cannot be made. It never contains the address: that holds a password. */
export function connectionProblem(error: unknown): AppError {
  if (error instanceof AppError) return error;
  // The parser of addresses is a package of its own, whose errors share nothing but their names with the driver's.
  if (error instanceof Error && /^Mongo(Parse|InvalidArgument|MissingCredentials)Error$/.test(error.name)) {
    return invalidUri(error);
  }
  for (const cause of causes(error)) {
    if (cause instanceof mongo.MongoCompatibilityError || /wire version/.test(messageOf(cause))) return tooOld(error);
    if (isAuthentication(cause)) {
      return new AppError(
        'STORE_AUTH_REFUSED',
        'The server at MONGODB_URI refused the user or the password; check both, and `authSource`',
        { cause: error },
      );
    }
  }
  return new AppError('STORE_UNAVAILABLE', reason(error), { cause: error });
}

const isAuthentication = (cause: unknown): boolean =>
  cause instanceof mongo.MongoServerError && authCodes.has(Number(cause.code));

function reason(error: unknown): string {
  const texts = causes(error)
    .map(cause => `${codeOf(cause)} ${messageOf(cause)}`)
    .join(' ');
  if (/ENOTFOUND|EAI_AGAIN|querySrv|queryTxt/.test(texts)) return 'The host name in MONGODB_URI cannot be resolved';
  if (/ECONNREFUSED|ENOENT/.test(texts)) return 'Nothing answers at the address of the store; is the server running?';
  if (/certificate|TLS|SSL/i.test(texts))
    return 'The secure connection to the store could not be made; check its certificate and `tls` options';
  if (/ReplicaSetNoPrimary/.test(texts)) return 'The replica set of the store has no primary at the moment';
  return 'The store cannot be reached at the moment';
}

/** The error and everything that led to it: the driver hides the reason of a failed selection in its view of the servers. */
function causes(error: unknown, depth = 0): unknown[] {
  if (typeof error !== 'object' || error === null || depth > 5) return [];
  const { cause, reason: topology } = error as {
    cause?: unknown;
    reason?: { type?: string; servers?: Map<string, { error?: unknown }> };
  };
  const servers = topology?.servers instanceof Map ? [...topology.servers.values()].map(server => server.error) : [];
  const type = topology?.type ? [{ message: topology.type }] : [];
  return [error, ...type, ...[cause, ...servers].flatMap(inner => causes(inner, depth + 1))];
}

const messageOf = (value: unknown): string =>
  typeof value === 'object' && value !== null && 'message' in value ? String(value.message) : '';
const codeOf = (value: unknown): string =>
  typeof value === 'object' && value !== null && 'code' in value ? String(value.code) : '';
