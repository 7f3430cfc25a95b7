import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Test } from 'tap';
import twilio from 'twilio';
import { type WebSocket, WebSocketServer } from 'ws';
import { createStreamCheck } from './stream-message-check.ts';

export interface ReceivedHook {
  path: string;
  url: string;
  method: string;
  headers: IncomingMessage['headers'];
  fields: Record<string, string>;
  signed: boolean;
}
export interface Answer {
  status?: number;
  type?: string;
  body?: string | Buffer;
  location?: string;
  /** Never answers at all. */
  silent?: boolean;
}
/** Whatever a frame or an answer holds, to be looked at field by field. */
// biome-ignore lint/suspicious/noExplicitAny: tests reach into JSON of any shape
export type AnyJson = Record<string, any>;

/** One media socket with everything that came over it. */
export interface ReceivedStream {
  socket: WebSocket;
  request: IncomingMessage;
  signed: boolean;
  messages: AnyJson[];
  /** The first message, past or future, that fits. */
  message(fits: (message: AnyJson) => boolean): Promise<AnyJson>;
  send(message: object): void;
  closed: Promise<number>;
}
export interface TrivialProduct {
  /** Its address for the world, which the twin must be told how to reach. */
  publicOrigin: string;
  localOrigin: string;
  hooks: ReceivedHook[];
  hook(path: string, fits?: (hook: ReceivedHook) => boolean): Promise<ReceivedHook>;
  stream(): Promise<ReceivedStream>;
  /** How a path is answered; without an entry with an empty document. */
  answers: Record<string, Answer | ((hook: ReceivedHook) => Answer)>;
}

const publicOrigin = 'https://calls.example.com';

/**
 * A server that stands where the product will stand: it takes webhooks and media sockets and writes everything down. A test fails
 * when a message of a stream is not as the carrier documents it.
 */
export async function startTrivialProduct(t: Test, authToken: string): Promise<TrivialProduct> {
  const hooks: ReceivedHook[] = [];
  const streams: ReceivedStream[] = [];
  const problems: string[] = [];
  const listeners = new Set<() => void>();
  const changed = () => {
    for (const listener of listeners) listener();
  };
  const until = <T>(look: () => T | undefined): Promise<T> =>
    new Promise(resolve => {
      const check = () => {
        const found = look();
        if (found === undefined) return;
        listeners.delete(check);
        resolve(found);
      };
      listeners.add(check);
      check();
    });
  const server = createServer(async (request, response) => {
    let body = '';
    for await (const chunk of request) body += chunk;
    const fields = Object.fromEntries(new URLSearchParams(body));
    const url = publicOrigin + request.url;
    const signature = String(request.headers['x-twilio-signature'] ?? '');
    const hook: ReceivedHook = {
      path: request.url!.split('?', 1)[0]!,
      url,
      method: request.method!,
      headers: request.headers,
      fields,
      signed: twilio.validateRequest(authToken, signature, url, fields),
    };
    hooks.push(hook);
    const entry = product.answers[hook.path];
    const answer = typeof entry === 'function' ? entry(hook) : entry;
    changed();
    if (answer?.silent) return;
    response.statusCode = answer?.status ?? 200;
    if (answer?.location) response.setHeader('location', answer.location);
    response.setHeader('content-type', answer?.type ?? 'text/xml');
    response.end(answer ? answer.body : '<Response/>');
  });
  const sockets = new WebSocketServer({ server });
  sockets.on('connection', (socket, request) => {
    const waiting = new Set<() => void>();
    const stream: ReceivedStream = {
      socket,
      request,
      signed: twilio.validateRequest(
        authToken,
        String(request.headers['x-twilio-signature'] ?? ''),
        publicOrigin.replace('https', 'wss') + request.url,
        {},
      ),
      messages: [],
      message: fits =>
        new Promise(resolve => {
          const check = () => {
            const found = stream.messages.find(fits);
            if (!found) return;
            waiting.delete(check);
            resolve(found);
          };
          waiting.add(check);
          check();
        }),
      send: message => socket.send(JSON.stringify(message)),
      closed: new Promise(resolve => socket.on('close', resolve)),
    };
    socket.on('error', () => {});
    const problemOf = createStreamCheck();
    socket.on('message', (data, binary) => {
      const message = JSON.parse(String(data)) as AnyJson;
      const problem = binary ? 'a binary message' : problemOf(message);
      if (problem && problems.length < 10) problems.push(problem);
      stream.messages.push(message);
      for (const check of waiting) check();
    });
    streams.push(stream);
    changed();
  });
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  t.teardown(async () => {
    for (const client of sockets.clients) client.terminate();
    server.closeAllConnections();
    await new Promise(resolve => server.close(resolve));
    if (problems.length === 0) return;
    const text = `${t.name}: the carrier twin broke its own protocol: ${problems.join('; ')}`;
    if (t.parent) (t.parent as Test).fail(text);
    else throw new Error(text);
  });
  const product: TrivialProduct = {
    publicOrigin,
    localOrigin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    hooks,
    hook: (path, fits = () => true) => until(() => hooks.find(hook => hook.path === path && fits(hook))),
    stream: () => until(() => streams.shift()),
    answers: {},
  };
  return product;
}
