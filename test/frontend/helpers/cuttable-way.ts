import { connect, createServer, type Socket } from 'node:net';
import type { Test } from 'tap';

/** A way to a server that can be cut and mended, and then leads to where the server is now: what a browser sees of a restart. */
export async function cuttableWay(t: Test, to: URL) {
  const sockets = new Set<Socket>();
  let end = to;
  const way = createServer(socket => {
    const far = connect(Number(end.port), end.hostname);
    for (const each of [socket, far]) {
      sockets.add(each);
      each.on('error', () => each.destroy());
      each.on('close', () => sockets.delete(each));
    }
    socket.pipe(far).pipe(socket);
    socket.on('close', () => far.destroy());
  });
  const open = (port: number) => new Promise<void>(resolve => way.listen(port, '127.0.0.1', resolve));
  await open(0);
  const { port } = way.address() as { port: number };
  const cut = () => {
    way.close();
    for (const each of sockets) each.destroy();
  };
  t.teardown(cut);
  return {
    url: `http://127.0.0.1:${port}`,
    cut,
    mend: (now: URL = end) => {
      end = now;
      return open(port);
    },
  };
}
