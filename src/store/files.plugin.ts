import { join } from 'node:path';
import fp from 'fastify-plugin';
import type { Config } from '../config.ts';
import type { FileStorage } from './file-storage.ts';
import { LocalFiles } from './local-files.ts';
import { S3Client } from './s3-client.ts';
import { S3Files } from './s3-files.ts';

declare module 'fastify' {
  interface FastifyInstance {
    files: FileStorage;
  }
}

/** About 30 hours of two-sided recordings. */
const CACHE_BYTES = 2 * 1024 ** 3;

/** Decorates `app.files`: object storage when the `S3_…` variables are set, else the disk under DATA_DIR. */
export const filesPlugin = fp(
  async app => {
    const { config, dependencies } = app.operations;
    const { sealer } = app;
    const client = s3ClientOf(config);
    if (!client) {
      app.decorate('files', new LocalFiles(join(config.DATA_DIR, 'files'), sealer));
      return;
    }
    app.addHook('onClose', () => client.close());
    const cacheRoot = join(config.DATA_DIR, 'files-cache');
    app.decorate('files', new S3Files({ client, sealer, cacheRoot, cacheBytes: CACHE_BYTES }));
    dependencies.register({
      name: 'files',
      critical: false,
      check: async () => {
        const startedAt = performance.now();
        try {
          await client.check();
        } catch (error) {
          return { state: 'down', detail: (error as Error).message };
        }
        return {
          state: 'up',
          latencyMs: Math.round((performance.now() - startedAt) * 10) / 10,
          detail: 'object storage',
        };
      },
    });
  },
  { name: 'files', dependencies: ['store'] },
);

/** Half-given S3 variables are refused when the configuration is read, so one of them speaks for all. */
function s3ClientOf({ S3_ENDPOINT, S3_REGION, S3_BUCKET, S3_ACCESS_KEY, S3_SECRET_KEY }: Config): S3Client | undefined {
  if (!(S3_ENDPOINT && S3_BUCKET && S3_ACCESS_KEY && S3_SECRET_KEY)) return undefined;
  return new S3Client({
    endpoint: S3_ENDPOINT,
    region: S3_REGION,
    bucket: S3_BUCKET,
    accessKeyId: S3_ACCESS_KEY,
    secretAccessKey: S3_SECRET_KEY,
  });
}
