import { mkdir } from 'node:fs/promises';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { getHeapStatistics } from 'node:v8';
import type { ServerState } from './commands/command.ts';
import { Cursors } from './commands/cursors.ts';
import { FailPoints } from './commands/fail-points.ts';
import type { StartMessage, StoreEvent, StoreStats } from './messages.ts';
import { WireServer } from './server.ts';
import { ownOrJoin } from './storage/socket-lock.ts';
import { Store } from './storage/store.ts';
import { askOnce } from './wire/one-command.ts';

/** Loading a large folder takes its owner a while, and it answers only afterwards. */
const ownerPatienceMs = 120_000;
const housekeepingMs = 10_000;

export interface EmbeddedStore {
  readonly uri: string;
  readonly joined: boolean;
  stats(): Promise<StoreStats>;
  close(): Promise<void>;
}

/** Owns the data folder and serves it, or finds the process that does. */
export async function openStore(options: StartMessage, onEvent: (event: StoreEvent) => void): Promise<EmbeddedStore> {
  if (process.platform === 'win32')
    throw new Error('The embedded store needs Unix sockets; on Windows set MONGODB_URI');
  await mkdir(options.dir, { recursive: true, mode: 0o700 });
  // Until it is clear who owns the folder and everything is loaded, connections wait.
  const waiting = new Set<Socket>();
  let accept = (socket: Socket): void => {
    waiting.add(socket);
    socket.once('error', () => socket.destroy());
    socket.once('close', () => waiting.delete(socket));
  };
  const listener = createServer(socket => accept(socket));
  const lock = await ownOrJoin(options.dir, listener, {
    isOwner: async path => (await askOnce({ path }, { ping: 1, $db: 'admin' }, ownerPatienceMs)) !== undefined,
    dropWaiting: () => {
      for (const socket of waiting) socket.destroy();
    },
  });
  if (lock.joined) return joinOwner(lock.path, options.port);
  try {
    const store = await Store.open(options, onEvent);
    const state = newServerState(store);
    const server = new WireServer(state, {
      hostile: error => onEvent({ level: 'warn', code: 'HOSTILE_BYTES', message: error.message }),
      internal: (error, command) =>
        onEvent({ level: 'error', code: 'INTERNAL_ERROR', message: `${command}: ${(error as Error).stack ?? error}` }),
    });
    accept = socket => server.accept(socket);
    const tcp = options.port === undefined ? undefined : await listenTcp(options.port, accept);
    for (const socket of waiting) accept(socket);
    waiting.clear();
    const housekeeping = setInterval(() => state.cursors.closeIdle(Date.now()), housekeepingMs);
    return {
      uri: tcp ? tcpUri(tcp) : socketUri(lock.path),
      joined: false,
      stats: async () => statsOf(state),
      async close() {
        clearInterval(housekeeping);
        const closed = [listener, ...(tcp ? [tcp] : [])].map(each => new Promise(resolve => each.close(resolve)));
        await server.close();
        await Promise.all(closed);
        await store.close();
      },
    };
  } catch (error) {
    for (const socket of waiting) socket.destroy();
    await new Promise(resolve => listener.close(resolve));
    throw error;
  }
}

/** The server is another process's; a TCP port that was asked for leads there. */
async function joinOwner(path: string, port: number | undefined): Promise<EmbeddedStore> {
  const sockets = new Set<Socket>();
  const forward = (socket: Socket): void => {
    const onward = connect(path);
    for (const [end, other] of [[socket, onward] as const, [onward, socket] as const]) {
      sockets.add(end);
      end.on('error', () => other.destroy());
      end.on('close', () => {
        other.destroy();
        sockets.delete(end);
      });
      end.pipe(other);
    }
  };
  const tcp = port === undefined ? undefined : await listenTcp(port, forward);
  return {
    uri: tcp ? tcpUri(tcp) : socketUri(path),
    joined: true,
    async stats() {
      const status = await askOnce({ path }, { serverStatus: 1, $db: 'admin' }, ownerPatienceMs);
      if (!status) throw new Error('The process that owned the data folder is gone');
      return status['pocketMongo'] as StoreStats;
    },
    async close() {
      const closed = tcp && new Promise(resolve => tcp.close(resolve));
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}

function listenTcp(port: number, accept: (socket: Socket) => void): Promise<Server> {
  const server = createServer(accept);
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    // Never another address: there are no passwords here.
    server.listen(port, '127.0.0.1', () => resolve(server));
  });
}

const tcpUri = (server: Server) => `mongodb://127.0.0.1:${(server.address() as AddressInfo).port}/`;
const socketUri = (path: string) => `mongodb://${encodeURIComponent(path)}/`;

function newServerState(store: Store): ServerState {
  const state: ServerState = {
    store,
    cursors: new Cursors(),
    failPoints: new FailPoints(),
    startedAt: new Date(),
    counters: { commands: 0, connectionsNow: 0, connectionsTotal: 0 },
    parameters: new Map(),
    stats: () => statsOf(state),
  };
  return state;
}

function statsOf({ store, cursors, counters }: ServerState): StoreStats {
  const heap = getHeapStatistics();
  return {
    ...store.stats(),
    memory: store.heap.standing(),
    heapUsedBytes: heap.used_heap_size,
    heapLimitBytes: heap.heap_size_limit,
    connections: counters.connectionsNow,
    openCursors: cursors.size,
    commands: counters.commands,
  };
}
