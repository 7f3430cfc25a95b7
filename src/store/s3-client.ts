import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { AwsV4Signer } from 'aws4fetch';
import { Agent, request } from 'undici';
import { AppError } from '../errors.ts';
import { storedSize } from './local-files.ts';

export interface S3Options {
  readonly endpoint: string;
  readonly region: string;
  readonly bucket: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  /** Waits between tries, in milliseconds; as many tries follow the first. */
  readonly retryDelays?: readonly number[];
  readonly now?: () => Date;
}

export interface S3Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: AsyncIterable<Buffer> & { text(): Promise<string>; dump(): Promise<void> };
}

interface S3Request {
  readonly method: 'GET' | 'HEAD' | 'PUT' | 'DELETE';
  readonly key?: string;
  readonly query?: Readonly<Record<string, string>>;
  /** A file to send. */
  readonly file?: string;
  readonly contentType?: string;
  /** Statuses that are answers and not failures. */
  readonly accept: readonly number[];
}

const emptyHash = createHash('sha256').digest('hex');

/** What people can do about a refusal, by the storage's code. */
const remedies: Record<string, string> = {
  InvalidAccessKeyId: 'S3_ACCESS_KEY is not known there',
  SignatureDoesNotMatch: 'S3_SECRET_KEY does not belong to S3_ACCESS_KEY, or S3_REGION is another one',
  AccessDenied: 'the key may not do this in the bucket; give it read, write, delete and list',
  NoSuchBucket: 'S3_BUCKET does not exist there',
  PermanentRedirect: 'the bucket is in another region; correct S3_REGION and S3_ENDPOINT',
  AuthorizationHeaderMalformed: 'S3_REGION is not the region of the bucket',
  RequestTimeTooSkewed: 'the clock of this machine is wrong by more than 15 minutes',
};

/**
 * Signed requests to S3-compatible storage, in path style, which all of them understand. What may pass by itself (5xx, 429, a
 * broken connection) is tried again; what needs a person rejects with `STORAGE_REFUSED` and says what to correct.
 */
export class S3Client {
  readonly #options: S3Options;
  readonly #pool = new Agent({ connections: 16, connectTimeout: 10_000, headersTimeout: 30_000, bodyTimeout: 60_000 });

  constructor(options: S3Options) {
    this.#options = options;
  }

  async send(wish: S3Request): Promise<S3Answer> {
    const waits = this.#options.retryDelays ?? [200, 1000, 3000];
    for (let attempt = 0; ; attempt += 1) {
      const outcome = await this.#attempt(wish).catch((error: unknown) => error as Error);
      if (!(outcome instanceof Error)) {
        if (wish.accept.includes(outcome.status)) return outcome;
        const failure = await failureOf(outcome);
        if (!failure.passing || attempt >= waits.length) throw failure.error;
      } else if (attempt >= waits.length) {
        throw new AppError('STORAGE_UNAVAILABLE', 'The file storage (S3_ENDPOINT) does not answer; try again later', {
          cause: outcome,
        });
      }
      await delay(waits[attempt]);
    }
  }

  /** Whether the bucket may be listed with these credentials; rejects saying what is wrong. */
  async check(): Promise<void> {
    const answer = await this.send({ method: 'GET', query: { 'list-type': '2', 'max-keys': '1' }, accept: [200] });
    await answer.body.dump();
  }

  close(): Promise<void> {
    return this.#pool.destroy();
  }

  async #attempt({ method, key, query = {}, file, contentType }: S3Request): Promise<S3Answer> {
    const { endpoint, bucket, region, accessKeyId, secretAccessKey, now } = this.#options;
    const url = new URL(`${endpoint.replace(/\/$/, '')}/${bucket}${key === undefined ? '' : `/${key}`}`);
    for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value);
    const signer = new AwsV4Signer({
      method,
      url: url.href,
      headers: {
        'x-amz-content-sha256': file === undefined ? emptyHash : await hashOf(file),
        ...(contentType === undefined ? {} : { 'content-type': contentType }),
      },
      accessKeyId,
      secretAccessKey,
      region,
      service: 's3',
      ...(now
        ? {
            datetime: now()
              .toISOString()
              .replace(/[:-]|\.\d{3}/g, ''),
          }
        : {}),
    });
    const signed = await signer.sign();
    const length = file === undefined ? undefined : await storedSize(file);
    const { statusCode, headers, body } = await request(signed.url, {
      method,
      dispatcher: this.#pool,
      headers: {
        ...Object.fromEntries(signed.headers.entries()),
        ...(length == null ? {} : { 'content-length': String(length) }),
      },
      body: file === undefined ? null : createReadStream(file),
    });
    return { status: statusCode, headers, body };
  }
}

async function failureOf({ status, body }: S3Answer): Promise<{ passing: boolean; error: AppError }> {
  const text = await body.text().catch(() => '');
  const code = /<Code>([A-Za-z]{1,64})<\/Code>/.exec(text)?.[1] ?? `HTTP ${status}`;
  const passing = status >= 500 || status === 429 || status === 408;
  const error = passing
    ? new AppError('STORAGE_UNAVAILABLE', `The file storage answers ${code}; try again later`)
    : new AppError('STORAGE_REFUSED', `The file storage refuses (${code}): ${remedies[code] ?? 'look at its own log'}`);
  return { passing, error };
}

async function hashOf(file: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(file)) hash.update(chunk as Buffer);
  return hash.digest('hex');
}
