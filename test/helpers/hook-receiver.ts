import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Received {
  readonly headers: Record<string, string>;
  readonly text: string;
  // biome-ignore lint/suspicious/noExplicitAny: tests look into messages of every shape.
  readonly body: any;
}

export interface HookReceiver {
  readonly url: string;
  readonly received: Received[];
  /** How the next requests are answered; 204 when nothing is left here. */
  readonly answers: ((request: IncomingMessage, response: ServerResponse) => void)[];
  /** Resolves when this many messages have come in all. */
  count(wanted: number): Promise<readonly Received[]>;
}

type Teardown = { teardown(fn: () => unknown): void };

/** Another system that is told what happens. */
export async function startHookReceiver(t: Teardown): Promise<HookReceiver> {
  const received: Received[] = [];
  const answers: HookReceiver['answers'] = [];
  const waiting = new Set<() => void>();
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const text = Buffer.concat(chunks).toString();
    received.push({ headers: request.headers as Record<string, string>, text, body: JSON.parse(text) });
    const answer = answers.shift();
    if (answer) answer(request, response);
    else response.writeHead(204).end();
    for (const check of waiting) check();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.teardown(() => {
    server.closeAllConnections();
    return new Promise(resolve => server.close(resolve));
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/parley`,
    received,
    answers,
    count: wanted =>
      new Promise(resolve => {
        const check = () => {
          if (received.length < wanted) return;
          waiting.delete(check);
          resolve(received);
        };
        waiting.add(check);
        check();
      }),
  };
}
