import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { FastifyInstance } from 'fastify';
import { buildApp } from '../../src/app.ts';
import { type Environment, loadConfig, secretValues } from '../../src/config.ts';
import { createLogging } from '../../src/ops/logger.ts';
import { inDatabase } from '../../src/store/mongodb-uri.ts';
import { observeQueries } from './observed-queries.ts';
import { checkResponses } from './response-check.ts';
import { testServerUri } from './store.ts';

export interface TestAppOptions {
  /** Variables on top of a fresh DATA_DIR and an administrator. */
  readonly env?: Environment;
  readonly now?: () => Date;
  /** Routes of the test's own, registered like a feature's. */
  readonly routes?: (app: FastifyInstance) => void;
  readonly dashboardRoot?: string;
  /** Sees the application before its first route. */
  readonly prepare?: (app: FastifyInstance) => void;
}

export interface TestApp {
  readonly app: FastifyInstance;
  /** Where it listens, on a free port. */
  readonly url: string;
  readonly admin: { readonly email: string; readonly password: string };
  /** Every log line so far, as written. */
  readonly log: string[];
  /** A request as somebody, with a JSON body if given. */
  call(method: string, path: string, options?: CallOptions): Promise<Answer>;
  /** The access token of the administrator, or of whoever is named. */
  signIn(email?: string, password?: string): Promise<string>;
}

export interface CallOptions {
  readonly token?: string | undefined;
  readonly body?: unknown;
  readonly headers?: Record<string, string>;
}

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  // biome-ignore lint/suspicious/noExplicitAny: tests look into answers of every shape.
  readonly body: any;
}

type Teardown = { teardown(fn: () => unknown): void };

/** The real application on a free port with a store of its own; every answer is checked against its route's schema. */
export async function startApp(t: Teardown, options: TestAppOptions = {}): Promise<TestApp> {
  const dataDir = await mkdtemp(join(tmpdir(), 'parley-app-'));
  const admin = { email: 'admin@parley.example', password: randomBytes(12).toString('hex') };
  const MONGODB_URI = inDatabase(await testServerUri(), `app_${randomBytes(6).toString('hex')}`);
  const env = {
    DATA_DIR: dataDir,
    MONGODB_URI,
    ADMIN_EMAIL: admin.email,
    ADMIN_PASSWORD: admin.password,
    // A machine that runs many tests at once is late all the time; tests of the guard say so themselves.
    OVERLOAD_DELAY_MS: '60000',
    ...options.env,
  };
  const config = loadConfig(env, () => '');
  const log: string[] = [];
  const logging = createLogging({
    level: config.LOG_LEVEL,
    secrets: secretValues(config),
    destination: { write: line => void log.push(line) },
  });
  const app = await buildApp({
    config,
    logging,
    version: '0.0.0-test',
    dashboardRoot: options.dashboardRoot ?? join(dataDir, 'no-dashboard'),
    ...(options.now ? { now: options.now } : {}),
    prepare: instance => {
      checkResponses(instance);
      options.prepare?.(instance);
    },
  });
  const planProblems = observeQueries(app.store);
  t.teardown(async () => {
    const problems = app.store.link.state === 'ready' ? await planProblems() : [];
    await app.close();
    await rm(dataDir, { recursive: true, force: true });
    if (problems.length > 0) throw new Error(`Queries that no index answers:\n${problems.join('\n')}`);
  });
  options.routes?.(app);
  const url = await app.listen({ port: 0, host: '127.0.0.1' });
  await app.numbersReady();

  const call = async (
    method: string,
    path: string,
    { token, body, headers = {} }: CallOptions = {},
  ): Promise<Answer> => {
    const response = await fetch(new URL(path, url), {
      method,
      redirect: 'manual',
      headers: {
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    const text = await response.text();
    const json = response.headers.get('content-type')?.includes('json') && text !== '';
    return { status: response.status, headers: response.headers, body: json ? JSON.parse(text) : text };
  };

  return {
    app,
    url,
    admin,
    log,
    call,
    signIn: async (email = admin.email, password = admin.password) => {
      const answer = await call('POST', '/api/auth/login', { body: { email, password } });
      if (answer.status !== 200) throw new Error(`cannot sign in: ${JSON.stringify(answer.body)}`);
      return answer.body.accessToken as string;
    },
  };
}
