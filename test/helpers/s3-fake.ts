import { createHash, createHmac } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface S3Fake {
  readonly endpoint: string;
  readonly objects: Map<string, Buffer>;
  /** Requests as they came, without their signatures. */
  readonly requests: string[];
  /** Answers to give before the true ones: a status and a code. */
  readonly script: { status: number; code: string }[];
}

type Teardown = { teardown(fn: () => unknown): void };

const sha256 = (data: Buffer | string) => createHash('sha256').update(data).digest('hex');
const hmac = (key: Buffer | string, data: string) => createHmac('sha256', key).update(data).digest();
const encoded = (text: string) =>
  encodeURIComponent(text).replace(/[!'()*]/g, character => `%${character.charCodeAt(0).toString(16).toUpperCase()}`);

/** S3-compatible storage in memory that recomputes every signature itself, and pages its lists by two. */
export async function startS3Fake(
  t: Teardown,
  account: { accessKeyId: string; secretAccessKey: string; region: string; bucket: string },
): Promise<S3Fake> {
  const objects = new Map<string, Buffer>();
  const requests: string[] = [];
  const script: S3Fake['script'] = [];

  const refusal = (request: IncomingMessage, body: Buffer): [number, string] | undefined => {
    const { authorization = '' } = request.headers;
    const parts =
      /^AWS4-HMAC-SHA256 Credential=([^/]+)\/(\d{8})\/([^/]+)\/s3\/aws4_request, SignedHeaders=([^,]+), Signature=([0-9a-f]{64})$/.exec(
        authorization,
      );
    if (!parts) return [403, 'AccessDenied'];
    const [, keyId, day, region, names = '', signature] = parts;
    if (keyId !== account.accessKeyId) return [403, 'InvalidAccessKeyId'];
    if (region !== account.region) return [400, 'AuthorizationHeaderMalformed'];
    const date = String(request.headers['x-amz-date']);
    const bodyHash = String(request.headers['x-amz-content-sha256']);
    if (bodyHash !== sha256(body)) return [400, 'XAmzContentSHA256Mismatch'];
    const url = new URL(request.url!, 'http://fake');
    const query = [...url.searchParams].map(([name, value]) => `${encoded(name)}=${encoded(value)}`).sort();
    const headers = names.split(';').map(name => `${name}:${String(request.headers[name]).trim()}\n`);
    const canonical = [request.method, url.pathname, query.join('&'), headers.join(''), names, bodyHash].join('\n');
    const scope = `${day}/${region}/s3/aws4_request`;
    const key = [region!, 's3', 'aws4_request'].reduce(hmac, hmac(`AWS4${account.secretAccessKey}`, day!));
    const expected = hmac(key, ['AWS4-HMAC-SHA256', date, scope, sha256(canonical)].join('\n')).toString('hex');
    if (expected !== signature) return [403, 'SignatureDoesNotMatch'];
    return url.pathname.split('/')[1] === account.bucket ? undefined : [404, 'NoSuchBucket'];
  };

  const fail = (response: ServerResponse, status: number, code: string) =>
    response.writeHead(status, { 'content-type': 'application/xml' }).end(`<Error><Code>${code}</Code></Error>`);

  const list = (url: URL): string => {
    const prefix = url.searchParams.get('prefix') ?? '';
    const from = Number(url.searchParams.get('continuation-token') ?? '0');
    const found = [...objects.keys()].filter(key => key.startsWith(prefix)).sort();
    const shown = found.slice(from, from + 2).map(key => `<Contents><Key>${key}</Key></Contents>`);
    const more = found.length > from + 2 ? `<NextContinuationToken>${from + 2}</NextContinuationToken>` : '';
    return `<ListBucketResult>${shown.join('')}${more}</ListBucketResult>`;
  };

  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const body = Buffer.concat(chunks);
    const url = new URL(request.url!, 'http://fake');
    requests.push(`${request.method} ${url.pathname}`);
    const scripted = script.shift();
    if (scripted) return fail(response, scripted.status, scripted.code);
    const refused = refusal(request, body);
    if (refused) return fail(response, ...refused);
    const key = url.pathname.split('/').slice(2).join('/');
    const object = objects.get(key);
    switch (request.method) {
      case 'PUT':
        objects.set(key, body);
        return response.writeHead(200, { etag: '"made-up"' }).end();
      case 'DELETE':
        objects.delete(key);
        return response.writeHead(204).end();
      case 'HEAD':
        return response.writeHead(object ? 200 : 404).end();
      default:
        if (key === '') return response.writeHead(200).end(list(url));
        return object ? response.writeHead(200).end(object) : fail(response, 404, 'NoSuchKey');
    }
  });
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  t.teardown(() => {
    server.closeAllConnections();
    return new Promise(resolve => server.close(resolve));
  });
  return { endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, objects, requests, script };
}
