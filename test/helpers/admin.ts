import type { FastifyInstance } from 'fastify';
import { runAdmin } from '../../src/auth/run-admin-cli.ts';

/** Runs a command of `npm run admin` on the store of this application, as another process would, and answers what it printed. */
export async function admin(
  app: FastifyInstance,
  args: readonly string[],
  more: Record<string, string> = {},
): Promise<string> {
  const { MONGODB_URI, DATA_DIR } = app.operations.config;
  let printed = '';
  const print = (text: string) => {
    printed += text;
  };
  await runAdmin({ args, print, environment: { ...(MONGODB_URI ? { MONGODB_URI } : {}), DATA_DIR, ...more } });
  return printed;
}
