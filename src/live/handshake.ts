import type { IncomingMessage } from 'node:http';
import type { Socket } from 'socket.io';
import type { Identities, Principal } from '../auth/identities.types.ts';
import { AppError } from '../errors.ts';
import type { OpenCounts } from './connection-limits.ts';

/** As Socket.IO tells a client why it was not let in: our error, in `data`. */
export function asConnectError(error: unknown): Error & { data: unknown } {
  const known =
    error instanceof AppError ? error : new AppError('INTERNAL', 'Something went wrong on our side; try again.');
  const { code, message, details } = known;
  return Object.assign(new Error(message), { data: { code, message, ...(details === undefined ? {} : { details }) } });
}

export interface Handshake {
  readonly principal: Principal;
  readonly ip: string;
  readonly batch: boolean;
  readonly since: ReadonlyMap<string, number>;
  /** Gives back the places it took. */
  readonly release: () => void;
}

export interface HandshakeOptions {
  readonly identities: Identities;
  readonly addressOf: (request: IncomingMessage) => string;
  /** Counts a refusal against its address; rejects when there were too many. */
  readonly refused: (address: string) => Promise<void>;
  readonly perAddress: OpenCounts;
  readonly perIdentity: OpenCounts;
  readonly now: () => Date;
}

/** Looks at everything a client brings before it may say or hear a word. Rejects with an `AppError`. */
export function createHandshake(options: HandshakeOptions): (socket: Socket) => Promise<Handshake> {
  const { identities, addressOf, refused, perAddress, perIdentity, now } = options;

  /** Whoever was refused too often learns that, not whether the next guess was better. */
  async function refuse(address: string, error: AppError): Promise<never> {
    await refused(address);
    throw error;
  }

  return async socket => {
    const address = addressOf(socket.request);
    const auth = socket.handshake.auth as Record<string, unknown>;
    const credential = credentialOf(auth, socket.handshake.headers.authorization);
    if (credential === undefined)
      return refuse(address, new AppError('AUTH_REQUIRED', 'Send an access token or an API key as auth.token.'));
    const principal = await identities.identify(credential);
    if (!principal || (principal.expiresAt && principal.expiresAt <= now())) {
      return refuse(
        address,
        new AppError('AUTH_INVALID', 'This credential is not valid, has expired, or was revoked.'),
      );
    }
    const ofAddress = perAddress.take(address);
    const ofIdentity = ofAddress && perIdentity.take(`${principal.kind}:${principal.id}`);
    if (!ofAddress || !ofIdentity) {
      ofAddress?.();
      const whose = ofAddress ? 'this user or key' : 'this address';
      throw new AppError('TOO_MANY_CONNECTIONS', `There are too many live connections of ${whose}; close some first.`);
    }
    return {
      principal,
      ip: address,
      batch: auth['batch'] === true,
      since: sinceOf(auth['since']),
      release: () => {
        ofAddress();
        ofIdentity();
      },
    };
  };
}

/** Browsers can set no header on a WebSocket, so `auth.token` comes first. */
function credentialOf(auth: Record<string, unknown>, header: string | undefined): string | undefined {
  const { token } = auth as { token?: unknown };
  if (typeof token === 'string' && /^[\w.~+/=-]{1,4096}$/.test(token)) return token;
  return token === undefined ? /^Bearer ([\w.~+/=-]{1,4096})$/i.exec(header ?? '')?.[1] : undefined;
}

const mostKnown = 5_000;

/** Calls that the client holds; what is not of this form is as if it were not there, and costs a larger snapshot. */
function sinceOf(since: unknown): Map<string, number> {
  const known = new Map<string, number>();
  if (!Array.isArray(since)) return known;
  for (const each of since.slice(0, mostKnown)) {
    if (!Array.isArray(each)) continue;
    const [id, seq] = each as unknown[];
    if (typeof id === 'string' && typeof seq === 'number') known.set(id, seq);
  }
  return known;
}
