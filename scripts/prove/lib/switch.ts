import { createServer, request as httpRequest, type IncomingMessage, type ServerResponse } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';

/** A request as it passed, and when it came. */
export interface Passed {
  readonly path: string;
  readonly at: number;
  /** To which process it went; null when none took it. */
  readonly to: string | null;
}

/** Asked when a request comes; one that is not there yet is waited for. */
export type Route = (path: string) => readonly string[] | Promise<readonly string[]>;

/** What stands between the carrier and several processes of the product. */
export interface Switch {
  readonly url: string;
  readonly passed: readonly Passed[];
  /** From now on a path is asked of these addresses, in this order, until one answers. */
  route(targets: Route): void;
  close(): Promise<void>;
}

/** A tiny balancer: sends every request and every upgrade to the first process of its route that can be reached. */
export async function startSwitch(): Promise<Switch> {
  let route: Route = () => [];
  const passed: Passed[] = [];
  const sockets = new Set<Socket>();
  const pathOf = (request: IncomingMessage) => request.url!.split('?', 1)[0]!;

  const answer = async (request: IncomingMessage, response: ServerResponse) => {
    const at = Date.now();
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const path = pathOf(request);
    for (const target of await route(path)) {
      const taken = await forward(request, Buffer.concat(chunks), target, response);
      if (!taken) continue;
      return void passed.push({ path, at, to: target });
    }
    passed.push({ path, at, to: null });
    response.writeHead(502).end();
  };

  const server = createServer((request, response) => {
    answer(request, response).catch(() => response.destroy());
  });
  server.on('upgrade', (request: IncomingMessage, caller: Socket, head: Buffer) => {
    const at = Date.now();
    sockets.add(caller);
    caller.once('close', () => sockets.delete(caller));
    caller.on('error', () => {});
    const tryNext = ([target, ...others]: readonly string[]) => {
      if (target === undefined) {
        passed.push({ path: pathOf(request), at, to: null });
        return void caller.end('HTTP/1.1 502 Bad Gateway\r\n\r\n');
      }
      const { hostname, port } = new URL(target);
      const product = connect(Number(port), hostname);
      product.once('error', () => tryNext(others));
      product.once('connect', () => {
        passed.push({ path: pathOf(request), at, to: target });
        product.removeAllListeners('error');
        product.on('error', () => {});
        sockets.add(product);
        product.once('close', () => {
          sockets.delete(product);
          caller.destroy();
        });
        caller.once('close', () => product.destroy());
        const lines = [`${request.method} ${request.url} HTTP/1.1`];
        for (let at = 0; at < request.rawHeaders.length; at += 2) {
          lines.push(`${request.rawHeaders[at]}: ${request.rawHeaders[at + 1]}`);
        }
        product.write(`${lines.join('\r\n')}\r\n\r\n`);
        product.write(head);
        product.pipe(caller);
        caller.pipe(product);
      });
    };
    Promise.resolve(route(pathOf(request))).then(tryNext, () => caller.destroy());
  });
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    passed,
    route: targets => {
      route = targets;
    },
    close() {
      for (const socket of sockets) socket.destroy();
      server.closeAllConnections();
      return new Promise(resolve => server.close(() => resolve()));
    },
  };
}

/** False when nobody took the request, so that another one may be asked; what broke after that is the caller's loss. */
function forward(from: IncomingMessage, body: Buffer, target: string, to: ServerResponse): Promise<boolean> {
  return new Promise(resolve => {
    const request = httpRequest(new URL(from.url!, target), {
      method: from.method,
      headers: { ...from.headers, connection: 'close' },
      agent: false,
    });
    request.once('error', error => {
      const refused = (error as NodeJS.ErrnoException).code === 'ECONNREFUSED';
      if (!refused) to.destroy();
      resolve(!refused);
    });
    request.once('response', response => {
      resolve(true);
      to.writeHead(response.statusCode!, response.headers);
      response.once('error', () => to.destroy());
      response.pipe(to);
    });
    request.end(body);
  });
}
