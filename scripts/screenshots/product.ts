import { startServer } from '../lib/running-server.mjs';

// biome-ignore lint/suspicious/noExplicitAny: answers of every shape are looked into field by field
type Json = any;

/** The built product with an empty folder: embedded store, sandbox, and an administrator. */
export interface Product {
  readonly address: string;
  readonly admin: { readonly email: string; readonly password: string };
  /** A request of the administrator; anything but success is an error that says what was asked. */
  ask(method: string, path: string, body?: unknown): Promise<Json>;
  close(): Promise<void>;
}

export async function startProduct(dataDir: string): Promise<Product> {
  const admin = { email: 'dana.price@brightwater.example', password: 'a sentence for pictures alone' };
  const server = await startServer(process.execPath, ['--enable-source-maps', 'dist/server.js'], {
    env: {
      DATA_DIR: dataDir,
      STORE: 'embedded',
      SANDBOX: 'on',
      ADMIN_EMAIL: admin.email,
      ADMIN_PASSWORD: admin.password,
      COMPANY_NAME: 'Brightwater Dental',
      TIME_ZONE: 'America/Chicago',
      RATE_LIMIT_PER_MINUTE: '100000',
      OVERLOAD_DELAY_MS: '60000',
    },
  });
  const url = (path: string) => new URL(path, server.address);
  const login = await fetch(url('/api/auth/login'), {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(admin),
  });
  const { accessToken } = (await login.json()) as { accessToken: string };

  return {
    address: server.address,
    admin,
    async ask(method, path, body) {
      const isForm = body instanceof FormData;
      const response = await fetch(url(path), {
        method,
        headers: {
          authorization: `Bearer ${accessToken}`,
          ...(body === undefined || isForm ? {} : { 'content-type': 'application/json' }),
        },
        ...(body === undefined ? {} : { body: isForm ? body : JSON.stringify(body) }),
      });
      const text = await response.text();
      if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text.slice(0, 500)}`);
      return text.startsWith('{') ? JSON.parse(text) : text;
    },
    async close() {
      process.kill(server.pid as number, 'SIGTERM');
      const patience = setTimeout(() => server.endGroup('SIGKILL'), 15_000);
      await server.closed;
      clearTimeout(patience);
    },
  };
}
