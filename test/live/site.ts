import { once } from 'node:events';
import { io, type ManagerOptions, type Socket, type SocketOptions } from 'socket.io-client';
import type { LiveBatch } from '../../src/live/live-contract.ts';

type Teardown = { teardown(fn: () => unknown): void };

/** A client as a dashboard is one: the official library over the WebSocket transport alone. */
export function connect(
  t: Teardown,
  url: string,
  auth: Record<string, unknown> | ((give: (auth: object) => void) => void),
  options: Partial<ManagerOptions & SocketOptions> = {},
): Socket {
  const socket = io(url, { transports: ['websocket'], forceNew: true, reconnection: false, auth, ...options });
  t.teardown(() => socket.close());
  return socket;
}

/** Resolves when it is connected; rejects with what the server said against it. */
export async function connected(socket: Socket): Promise<Socket> {
  if (socket.connected) return socket;
  await new Promise<void>((resolve, reject) => {
    socket.once('connect', resolve);
    socket.once('connect_error', reject);
  });
  return socket;
}

/** Why the server lets nobody in with this. */
export async function refusal(socket: Socket): Promise<{ code?: string; message?: string }> {
  const [error] = await once(socket as never, 'connect_error');
  return (error as { data?: object }).data ?? { message: String(error) };
}

/** The next event of a name that fits. */
export function next<T = unknown>(socket: Socket, name: string, fits: (event: T) => boolean = () => true): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      socket.off(name, listen);
      reject(new Error(`no ${name} came`));
    }, 20_000);
    const listen = (event: T) => {
      if (!fits(event)) return;
      clearTimeout(timer);
      socket.off(name, listen);
      resolve(event);
    };
    socket.on(name, listen);
  });
}

/** A command with its answer. */
// biome-ignore lint/suspicious/noExplicitAny: answers have every shape.
export const ask = (socket: Socket, name: string, args: unknown): Promise<any> =>
  socket.timeout(8_000).emitWithAck(name, args);

/** Unpacks batches, so that a test sees what a client without them would. */
export function unbatched(socket: Socket, see: (name: string, payload: never) => void): void {
  socket.on('live:batch', ({ events }: LiveBatch) => {
    for (const [name, payload] of events) see(name, payload as never);
  });
}
