import { readFile } from 'node:fs/promises';
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Browser, chromium } from 'playwright-core';

const dist = fileURLToPath(new URL('../../../frontend/dist/', import.meta.url));
const types: Record<string, string> = {
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.svg': 'image/svg+xml',
  '.woff2': 'font/woff2',
};
const user = {
  id: '6740a1b2c3d4e5f607182930',
  email: 'bench@parley.example',
  role: 'supervisor',
  permissions: ['calls:read', 'calls:listen', 'calls:whisper', 'people:see', 'agents:read'],
};

export type Answer = (search: URLSearchParams) => unknown;

/** The built dashboard, behind it a server that only says what it is told to say; somebody is signed in already. */
export function dashboardSite(answers: Readonly<Record<string, Answer>>): Server {
  const all: Readonly<Record<string, Answer>> = {
    '/api/auth/refresh': () => ({ accessToken: 'of-the-bench', expiresIn: 3_600, user }),
    '/api/auth/me': () => ({ user }),
    '/api/status': () => ({ ready: true, version: 'bench', sandbox: { agent: 'sandbox', carrier: 'sandbox' } }),
    '/api/agents': () => ({ items: [], nextCursor: null }),
    ...answers,
  };
  return createServer((request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://localhost');
    if (!pathname.startsWith('/api/')) return void sendFile(pathname, response);
    const answer = all[pathname];
    response.writeHead(answer ? 200 : 404, { 'content-type': 'application/json' });
    response.end(
      JSON.stringify(answer ? answer(searchParams) : { error: { code: 'NOT_FOUND', message: 'Not in the bench' } }),
    );
  });
}

async function sendFile(pathname: string, response: ServerResponse): Promise<void> {
  const name = extname(pathname) === '' ? 'index.html' : normalize(pathname).replace(/^[/.]+/, '');
  try {
    const file = await readFile(join(dist, name));
    response.writeHead(200, { 'content-type': types[extname(name)] ?? 'application/octet-stream' });
    response.end(file);
  } catch {
    response.writeHead(404).end();
  }
}

/** Where it listens, on this machine alone. */
export async function addressOf(server: Server): Promise<string> {
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

export const startBrowser = (): Promise<Browser> =>
  chromium.launch({
    executablePath: '/usr/bin/chromium',
    args: ['--headless', '--no-sandbox', '--disable-gpu', '--disable-background-networking'],
  });

/** What was said after `--name` on the command line. */
export function option(name: string, otherwise: string): string {
  const at = process.argv.indexOf(`--${name}`);
  return at < 0 ? otherwise : process.argv[at + 1]!;
}
