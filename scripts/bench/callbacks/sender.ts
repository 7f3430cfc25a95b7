import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

/** Many kept-alive connections that carry one request at a time each, as a carrier's proxies do. */
export interface Sender {
  /** Sends now or as soon as a connection is free; resolves with the status of the answer. */
  send(request: string): Promise<number>;
  close(): void;
}

interface Waiting {
  readonly request: string;
  readonly resolve: (status: number) => void;
}

/** Opens the connections. Nothing but the status line of an answer is looked at: the load must cost less than what it measures. */
export async function openSender(port: number, connections: number): Promise<Sender> {
  const free: ((job: Waiting) => void)[] = [];
  const waiting: Waiting[] = [];
  const sockets: Socket[] = [];

  const open = async (): Promise<void> => {
    const socket = connect({ port, host: '127.0.0.1', noDelay: true });
    await once(socket, 'connect');
    sockets.push(socket);
    let job: Waiting | undefined;
    let answer = '';
    const take = (next: Waiting) => {
      job = next;
      socket.write(next.request);
    };
    socket.setEncoding('latin1');
    socket.on('data', (part: string) => {
      answer += part;
      const end = answer.indexOf('\r\n\r\n');
      if (end < 0) return;
      const length = Number(/content-length: (\d+)/i.exec(answer)?.[1] ?? 0);
      if (answer.length < end + 4 + length) return;
      const status = Number(answer.slice(9, 12));
      answer = '';
      const done = job!;
      job = undefined;
      const next = waiting.shift();
      if (next) take(next);
      else free.push(take);
      done.resolve(status);
    });
    socket.on('error', () => job?.resolve(0));
    socket.on('close', () => job?.resolve(0));
    free.push(take);
  };
  for (let count = 0; count < connections; count += 1) await open();

  return {
    send: request =>
      new Promise(resolve => {
        const take = free.pop();
        if (take) take({ request, resolve });
        else waiting.push({ request, resolve });
      }),
    close: () => {
      for (const socket of sockets) socket.destroy();
    },
  };
}
