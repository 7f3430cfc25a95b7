import { once } from 'node:events';
import { connect, createServer, type NetConnectOpts, type Socket } from 'node:net';

export interface TcpRelay {
  readonly port: number;
  close(): Promise<void>;
}

/** Passes connections of a loopback port on to a store that another process serves, byte for byte. */
export async function startTcpRelay(target: NetConnectOpts, port: number): Promise<TcpRelay> {
  const sockets = new Set<Socket>();
  const server = createServer(client => {
    const store = connect(target);
    for (const [one, other] of [
      [client, store],
      [store, client],
    ] as const) {
      sockets.add(one);
      one.pipe(other);
      // Whichever side goes takes the other along; an error only says why it went.
      one.on('error', () => {});
      one.on('close', () => {
        sockets.delete(one);
        other.destroy();
      });
    }
  });
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  return {
    port: typeof address === 'object' && address ? address.port : port,
    close: async () => {
      const closed = once(server, 'close');
      server.close();
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}

/** Where the only server of an address listens: a socket's path, or host and port. */
export function endpointOf(uri: string): NetConnectOpts {
  const host = /^mongodb:\/\/(?:[^@/]*@)?([^/?]+)/.exec(uri)?.[1] ?? '';
  const name = decodeURIComponent(host);
  if (name.endsWith('.sock')) return { path: name };
  const [hostname = '127.0.0.1', port = '27017'] = name.split(':');
  return { host: hostname, port: Number(port) };
}
