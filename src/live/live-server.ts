import type { Server as HttpServer, IncomingMessage } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { Server } from 'socket.io';
import type { RedisLink } from '../store/redis.ts';
import { createOpenCounts } from './connection-limits.ts';
import { paceBroadcasts } from './paced-broadcasts.ts';
import { redisAdapter } from './redis-adapter.ts';
import { createTurns, type Turns } from './turns.ts';

/** A command is small, and a second of the microphone is 8 KB. */
const maxMessageBytes = 64 * 1024;
/** As long as somebody may be away and still get what they missed. */
const recoveryMs = 2 * 60_000;
/** Open sockets of one address, whoever they are: those who never say it go after ten seconds. */
const mostOpenPerAddress = 1_000;
/** Time for a connection to say who it is. */
const handshakeMs = 10_000;

export interface LiveServerOptions {
  readonly http: HttpServer;
  readonly corsOrigins: readonly string[] | undefined;
  readonly redis: RedisLink | null;
  readonly addressOf: (request: IncomingMessage) => string;
  /** In which broadcasts are written to sockets. */
  readonly broadcasts: Turns;
  readonly heartbeat?: { readonly everyMs: number; readonly patienceMs: number };
}

/** Socket.IO beside the raw WebSocket routes on the one port: it answers only what is under its path. */
export function createLiveServer(options: LiveServerOptions): Server {
  const { http, corsOrigins, redis, addressOf, broadcasts, heartbeat } = options;
  const open = createOpenCounts(mostOpenPerAddress);
  const arrivals = createTurns(1);
  const gone = () => {};
  const io = new Server(http, {
    path: '/socket.io',
    serveClient: false,
    destroyUpgrade: false,
    transports: ['websocket', 'polling'],
    // A list of exact origins, as for the API; without one there is no CORS at all.
    cors: { origin: corsOrigins ? [...corsOrigins] : false, credentials: true },
    maxHttpBufferSize: maxMessageBytes,
    pingInterval: heartbeat?.everyMs ?? 10_000,
    pingTimeout: heartbeat?.patienceMs ?? 5_000,
    connectTimeout: handshakeMs,
    // Frames are made once for a whole room; compressing would make them once for each connection.
    perMessageDeflate: false,
    httpCompression: false,
    ...(redis ? { adapter: redisAdapter(redis) } : {}),
    // The token is looked at on every connection, also on one that continues another.
    connectionStateRecovery: { maxDisconnectionDuration: recoveryMs, skipMiddlewares: false },
    allowRequest: (request, decide) => {
      const { socket } = request;
      // Nobody else minds it while it waits, and an error that nobody minds ends the process.
      socket.on('error', gone);
      arrivals.run(() => {
        socket.off('error', gone);
        const full = open.of(addressOf(request)) >= mostOpenPerAddress;
        decide(full ? 'There are too many connections of this address.' : null, !full);
      });
    },
  });
  io.engine.on('connection', (connection: { request: IncomingMessage; once(name: 'close', end: () => void): void }) => {
    const release = open.take(addressOf(connection.request));
    if (release) connection.once('close', release);
  });
  paceBroadcasts(io.of('/').adapter, broadcasts);
  return io;
}

/** As long as the last word to a connection may take to be written. */
const lastWordMs = 1_000;

/** Ends every connection in order and stops answering, without touching the HTTP server, which is not ours. */
export async function closeLiveServer(io: Server): Promise<void> {
  io.disconnectSockets(true);
  io.of('/').adapter.close();
  // What is closed here is closed with all that was not written yet, so those who are being told something are waited for.
  await allGone(io, AbortSignal.timeout(lastWordMs));
  io.engine.close();
}

async function allGone(io: Server, limit: AbortSignal): Promise<void> {
  while (io.engine.clientsCount > 0 && !limit.aborted) await delay(10);
}
