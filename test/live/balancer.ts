import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

export interface Balancer {
  readonly url: string;
  /** To which process each connection went, in order. */
  readonly taken: readonly string[];
  /** Cuts every connection to a process without a word, as networks do. */
  cut(target: string): void;
}

/** A plain TCP balancer without stickiness: every connection goes to the next process that can be reached, whatever is said on it. */
export async function startBalancer(
  t: { teardown(fn: () => unknown): void },
  targets: readonly string[],
): Promise<Balancer> {
  const taken: string[] = [];
  const open = new Map<Socket, string>();
  let turn = 0;
  const server = createServer(client => {
    client.on('error', () => {});
    const tryNext = (left: number) => {
      if (left === 0) return void client.destroy();
      const target = targets[turn++ % targets.length]!;
      const { hostname, port } = new URL(target);
      const process = connect(Number(port), hostname);
      process.once('error', () => tryNext(left - 1));
      process.once('connect', () => {
        process.removeAllListeners('error');
        process.on('error', () => {});
        taken.push(target);
        for (const [one, other] of [
          [client, process],
          [process, client],
        ] as const) {
          open.set(one, target);
          one.pipe(other);
          one.once('close', () => {
            open.delete(one);
            other.destroy();
          });
        }
        if (client.destroyed) process.destroy();
      });
    };
    tryNext(targets.length);
  });
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  t.teardown(() => {
    for (const socket of open.keys()) socket.destroy();
    return new Promise(resolve => server.close(resolve));
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    taken,
    cut(target) {
      for (const [socket, to] of open) if (to === target) socket.destroy();
    },
  };
}
