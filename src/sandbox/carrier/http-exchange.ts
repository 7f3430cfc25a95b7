import http from 'node:http';
import https from 'node:https';

export interface HttpExchange {
  method: 'GET' | 'POST';
  url: string;
  headers: Record<string, string>;
  body?: string;
  connectTimeoutMs: number;
  readTimeoutMs: number;
  totalTimeoutMs: number;
  agents: HttpAgents;
}
export interface HttpReply {
  status: number;
  contentType: string | undefined;
  location: string | undefined;
  body: Buffer;
}
export interface HttpAgents {
  http: http.Agent;
  https: https.Agent;
}

/** Why no answer came: `ct` connecting failed, `rt` the answer took too long, `protocol` the answer was not HTTP. */
export class HttpFailure extends Error {
  readonly kind: 'ct' | 'rt' | 'protocol';

  constructor(kind: 'ct' | 'rt' | 'protocol', message: string) {
    super(message);
    this.name = 'HttpFailure';
    this.kind = kind;
  }
}

const largestReply = 16 * 1024 * 1024;

export const createHttpAgents = (): HttpAgents => ({
  http: new http.Agent({ keepAlive: true, maxSockets: 256 }),
  https: new https.Agent({ keepAlive: true, maxSockets: 256 }),
});

/** One HTTP request with separate limits for connecting, for waiting and for the whole, as Twilio's webhooks have them. */
export function httpExchange(exchange: HttpExchange): Promise<HttpReply> {
  return new Promise((resolve, reject) => {
    const url = new URL(exchange.url);
    const secure = url.protocol === 'https:';
    const request = (secure ? https : http).request(url, {
      method: exchange.method,
      headers: {
        ...exchange.headers,
        ...(exchange.body === undefined ? {} : { 'content-length': String(Buffer.byteLength(exchange.body)) }),
      },
      agent: secure ? exchange.agents.https : exchange.agents.http,
    });
    let connected = false;
    const fail = (error: HttpFailure) => {
      clearTimeout(connectTimer);
      clearTimeout(totalTimer);
      request.destroy();
      reject(error);
    };
    const connectTimer = setTimeout(() => {
      if (!connected) fail(new HttpFailure('ct', `no connection within ${exchange.connectTimeoutMs} ms`));
    }, exchange.connectTimeoutMs);
    const totalTimer = setTimeout(() => {
      fail(new HttpFailure('rt', `no complete answer within ${exchange.totalTimeoutMs} ms`));
    }, exchange.totalTimeoutMs);

    request.on('socket', socket => {
      if (!socket.connecting) connected = true;
      else socket.once(secure ? 'secureConnect' : 'connect', () => (connected = true));
    });
    request.setTimeout(exchange.readTimeoutMs, () => {
      fail(new HttpFailure(connected ? 'rt' : 'ct', `silence for ${exchange.readTimeoutMs} ms`));
    });
    request.on('error', (error: NodeJS.ErrnoException) => {
      const malformed = error.code?.startsWith('HPE_');
      fail(new HttpFailure(malformed ? 'protocol' : connected ? 'rt' : 'ct', error.message || String(error.code)));
    });
    request.on('response', response => {
      const chunks: Buffer[] = [];
      let size = 0;
      response.on('data', (chunk: Buffer) => {
        size += chunk.length;
        if (size > largestReply) fail(new HttpFailure('protocol', `the answer is longer than ${largestReply} bytes`));
        else chunks.push(chunk);
      });
      response.on('error', error => fail(new HttpFailure('rt', error.message)));
      response.on('end', () => {
        clearTimeout(connectTimer);
        clearTimeout(totalTimer);
        resolve({
          status: response.statusCode ?? 0,
          contentType: response.headers['content-type'],
          location: response.headers.location,
          body: Buffer.concat(chunks),
        });
      });
    });
    request.end(exchange.body);
  });
}
