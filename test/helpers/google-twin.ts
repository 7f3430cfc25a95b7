import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { exportPKCS8, generateKeyPair, jwtVerify } from 'jose';
import type { Test } from 'tap';

type Cell = string | number | boolean;

export interface TwinSheet {
  readonly title: string;
  readonly sheetId: number;
  readonly rows: readonly (readonly Cell[])[];
  /** How large Google calls it; as large as its rows when absent. */
  readonly rowCount?: number;
}

export interface TwinSpreadsheet {
  readonly title: string;
  readonly sheets: readonly TwinSheet[];
  readonly shared?: boolean;
}

const grant = 'urn:ietf:params:oauth:grant-type:jwt-bearer';
const scope = 'https://www.googleapis.com/auth/spreadsheets.readonly';
const email = 'reader@parley-example.iam.gserviceaccount.example';
const keyId = 'invented-key-id';

const columnNumber = (letters: string) => [...letters].reduce((sum, letter) => sum * 26 + letter.charCodeAt(0) - 64, 0);

/**
 * Stands in for Google: checks the signed request for access as Google does, and answers reads in its shapes: trailing empty cells and rows
 * are cut, nothing at all has no `values`.
 */
export async function startGoogleTwin(t: Test) {
  const { publicKey, privateKey } = await generateKeyPair('RS256', { extractable: true });
  const spreadsheets = new Map<string, TwinSpreadsheet>();
  /** Answers to give instead of what was asked for, in their order. */
  const next: { status: number; body?: object; headers?: Record<string, string> }[] = [];
  const reads: string[] = [];
  const refusedGrants: string[] = [];
  const state = { revoked: false, tokens: 0, token: '' };

  async function access(form: URLSearchParams, audience: string): Promise<[number, object]> {
    const refuse = (error: string, why: string): [number, object] => {
      refusedGrants.push(why);
      return [400, { error, error_description: why }];
    };
    if (form.get('grant_type') !== grant) return refuse('unsupported_grant_type', 'grant type');
    if (state.revoked) return refuse('invalid_grant', 'revoked');
    try {
      const { payload, protectedHeader } = await jwtVerify(form.get('assertion') ?? '', publicKey, {
        algorithms: ['RS256'],
        issuer: email,
        audience,
        typ: 'JWT',
        requiredClaims: ['iat', 'exp', 'scope'],
      });
      if (payload.exp! - payload.iat! > 3600) return refuse('invalid_grant', 'too long');
      if (protectedHeader.kid !== keyId) return refuse('invalid_grant', 'key id');
      if (payload['scope'] !== scope) return refuse('invalid_scope', 'scope');
    } catch (error) {
      return refuse('invalid_grant', String(error));
    }
    state.tokens += 1;
    state.token = `invented-access-${state.tokens}`;
    return [200, { access_token: state.token, expires_in: 3599, token_type: 'Bearer' }];
  }

  const problem = (code: number, status: string, message = status): [number, object] => [
    code,
    { error: { code, message, status } },
  ];

  function read(url: URL): [number, object] {
    const [, id = '', , range = ''] = /^\/v4\/spreadsheets\/([^/]+)(\/values\/(.+))?$/.exec(url.pathname) ?? [];
    const book = spreadsheets.get(id);
    if (!book) return problem(404, 'NOT_FOUND', 'Requested entity was not found.');
    if (book.shared === false) return problem(403, 'PERMISSION_DENIED', 'The caller does not have permission');
    if (range === '')
      return [
        200,
        {
          properties: { title: book.title },
          sheets: book.sheets.map(({ title, sheetId, rows, rowCount = rows.length }) => ({
            properties: {
              title,
              sheetId,
              gridProperties: { rowCount, columnCount: Math.max(1, ...rows.map(row => row.length)) },
            },
          })),
        },
      ];
    const found = /^'((?:[^']|'')+)'!([A-Z]+)(\d+):([A-Z]+)(\d+)$/.exec(decodeURIComponent(range));
    const sheet = book.sheets.find(({ title }) => title === found?.[1]?.replaceAll("''", "'"));
    if (!found || !sheet || url.searchParams.get('majorDimension') !== 'ROWS')
      return problem(400, 'INVALID_ARGUMENT', `Unable to parse range: ${range}`);
    reads.push(decodeURIComponent(range));
    const values = sheet.rows.slice(Number(found[3]) - 1, Number(found[5])).map(row => {
      const cells = row.slice(columnNumber(found[2]!) - 1, columnNumber(found[4]!));
      while (cells.at(-1) === '') cells.pop();
      return cells;
    });
    while (values.at(-1)?.length === 0) values.pop();
    return [200, { range, majorDimension: 'ROWS', ...(values.length > 0 ? { values } : {}) }];
  }

  const server = createServer(async (request, response) => {
    const url = new URL(request.url!, 'http://twin');
    let text = '';
    for await (const piece of request) text += piece;
    const scripted = url.pathname === '/token' ? undefined : next.shift();
    const reply = async (): Promise<[number, object]> => {
      if (url.pathname === '/token') return access(new URLSearchParams(text), tokenUrl);
      if (scripted) return [scripted.status, scripted.body ?? problem(scripted.status, 'SCRIPTED')[1]];
      if (request.headers.authorization !== `Bearer ${state.token}`) return problem(401, 'UNAUTHENTICATED');
      return read(url);
    };
    const [status, body] = await reply();
    response.writeHead(status, { 'content-type': 'application/json', ...scripted?.headers });
    response.end(JSON.stringify(body));
  });
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  t.teardown(() => {
    server.closeAllConnections();
    server.close();
  });
  const baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const tokenUrl = `${baseUrl}/token`;
  const key = {
    type: 'service_account',
    client_email: email,
    private_key: await exportPKCS8(privateKey),
    private_key_id: keyId,
  };
  return {
    spreadsheets,
    next,
    reads,
    refusedGrants,
    state,
    email,
    env: {
      GOOGLE_SERVICE_ACCOUNT: JSON.stringify(key),
      GOOGLE_TOKEN_URL: tokenUrl,
      GOOGLE_SHEETS_BASE_URL: baseUrl,
    },
  };
}
