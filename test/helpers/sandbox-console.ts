import { once } from 'node:events';
import type { Test } from 'tap';
import twilio from 'twilio';
import { WebSocket } from 'ws';
import type { PhoneCommand, PhoneMessage } from '../../src/sandbox/console/phone-protocol.ts';
import { startApp, type TestApp, type TestAppOptions } from './app.ts';
import { startTrivialProduct, type TrivialProduct } from './trivial-product.ts';

// The client would otherwise send requests to a region of its own choosing.
delete process.env['TWILIO_REGION'];
delete process.env['TWILIO_EDGE'];

/** A page's phone, as far as the server sees it. */
export interface TestPhone {
  readonly socket: WebSocket;
  readonly messages: PhoneMessage[];
  /** Every frame that came for the ear. */
  readonly heard: Buffer[];
  readonly closed: Promise<{ code: number; reason: string }>;
  send(command: PhoneCommand): void;
  /** The next message of this type that was not taken yet. */
  next<T extends PhoneMessage['type']>(type: T): Promise<Extract<PhoneMessage, { type: T }>>;
  /** Speaks frame by frame, one each 20 ms. */
  speak(audio: Buffer): Promise<void>;
  /** Says it until it came whole: where a machine falls behind, a frame may come too late for the line. */
  repeat<T>(audio: Buffer, whole: Promise<T>): Promise<T>;
  /** Answers, and says the same again and again until it is over: to whoever falls silent an agent says goodbye. */
  pickUp(says: Buffer): Promise<void>;
  /** Resolves when what was heard so far fits. */
  hears(fits: (audio: Buffer) => boolean): Promise<void>;
}

const frameBytes = 160;

export async function openPhone(t: Test, app: TestApp, token: string): Promise<TestPhone> {
  const answer = await app.call('POST', '/api/sandbox/phone', { token });
  if (answer.status !== 201) throw new Error(`no ticket: ${JSON.stringify(answer.body)}`);
  return joinPhone(t, `${app.url.replace('http', 'ws')}${answer.body.path}?ticket=${answer.body.ticket}`);
}

export async function joinPhone(t: Test, address: string): Promise<TestPhone> {
  const socket = new WebSocket(address);
  t.teardown(() => socket.terminate());
  const messages: PhoneMessage[] = [];
  const taken = new Set<PhoneMessage>();
  const heard: Buffer[] = [];
  const waiting = new Set<() => void>();
  const look = () => {
    for (const each of [...waiting]) each();
  };
  const closed = new Promise<{ code: number; reason: string }>(resolve =>
    socket.on('close', (code, reason) => resolve({ code, reason: String(reason) })),
  );
  socket.on('message', (data: Buffer, isBinary: boolean) => {
    if (isBinary) heard.push(data);
    else messages.push(JSON.parse(String(data)));
    look();
  });
  const until = <T>(find: () => T | undefined) =>
    new Promise<T>((resolve, reject) => {
      const check = () => {
        const found = find();
        if (found === undefined) return;
        waiting.delete(check);
        resolve(found);
      };
      waiting.add(check);
      check();
      void closed.then(({ code, reason }) =>
        reject(new Error(`closed with ${code} ${reason}; came so far: ${JSON.stringify(messages)}`)),
      );
    });
  const send: TestPhone['send'] = command => socket.send(JSON.stringify(command));
  const next: TestPhone['next'] = async type => {
    const message = await until(() => messages.find(each => each.type === type && !taken.has(each)));
    taken.add(message);
    return message as never;
  };
  const speak = (audio: Buffer, bytes: number) =>
    new Promise<void>(resolve => {
      const from = performance.now();
      let sent = 0;
      const timer = setInterval(() => {
        const due = (Math.floor((performance.now() - from) / 20) + 1) * frameBytes;
        for (; sent < due && sent < bytes; sent += frameBytes) {
          const at = sent % audio.length;
          socket.send(audio.subarray(at, at + frameBytes));
        }
        if (sent < bytes && socket.readyState === socket.OPEN) return;
        clearInterval(timer);
        resolve();
      }, 10);
    });
  await once(socket, 'open');
  return {
    socket,
    messages,
    heard,
    closed,
    send,
    next,
    speak: audio => speak(audio, audio.length),
    repeat: async (audio, whole) => {
      let over = false;
      const end = () => {
        over = true;
      };
      whole.then(end, end);
      while (!over && socket.readyState === socket.OPEN) await speak(audio, audio.length);
      return whole;
    },
    pickUp: async says => {
      send({ type: 'answer' });
      await next('answered');
      void speak(says, Number.POSITIVE_INFINITY);
    },
    hears: fits => until(() => (fits(Buffer.concat(heard)) ? true : undefined)).then(() => undefined),
  };
}

export interface ConsoleSite extends TestApp {
  readonly admin: TestApp['admin'];
  readonly token: string;
  /** Stands where the world reaches the product: a bridge that does what the test says. */
  readonly product: TrivialProduct;
  readonly client: ReturnType<typeof twilio>;
}

const authToken = '7b'.repeat(16); // allow-secret: invented
const accountSid = `AC${'5a'.repeat(16)}`;

/**
 * The application with both twins, whose carrier's calls go to the trivial product: the phone's part is the application's, the
 * bridge's part is the test's.
 */
export async function startConsoleSite(t: Test, options: TestAppOptions = {}): Promise<ConsoleSite> {
  const product = await startTrivialProduct(t, authToken);
  const app = await startApp(t, {
    ...options,
    env: {
      SANDBOX: 'on',
      TWILIO_ACCOUNT_SID: accountSid,
      TWILIO_AUTH_TOKEN: authToken,
      TWILIO_CPS: '50',
      ...options.env,
    },
  });
  const client = twilio(accountSid, authToken, { autoRetry: false, timeout: 5_000 });
  client.api.baseUrl = app.app.sandbox.carrier!.baseUrl;
  return { ...app, token: await app.signIn(), product, client };
}
