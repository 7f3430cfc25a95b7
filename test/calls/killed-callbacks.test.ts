import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { createInterface } from 'node:readline';
import { type Test, test } from 'tap';
import twilio from 'twilio';
import { endpointOf } from '../../src/store/tcp-relay.ts';
import { newSid, publicOrigin, startCallSite, statusOf } from '../helpers/call-site.ts';
import { program } from '../helpers/program.ts';
import { tempFolder } from './journal-site.ts';

/** Passes connections on to the store until nothing more is to reach it. */
async function holdableStore(t: Test, uri: URL): Promise<{ uri: string; hold(): void }> {
  const clients = new Set<Socket>();
  const server = createServer(client => {
    const store = connect(endpointOf(uri.href));
    clients.add(client);
    client.pipe(store).pipe(client);
    for (const each of [client, store])
      each.on('error', () => {}).on('close', () => void [client.destroy(), store.destroy()]);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const hold = () => {
    for (const client of clients) client.unpipe().pause();
  };
  t.teardown(() => {
    for (const client of clients) client.destroy();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  return { uri: `mongodb://127.0.0.1:${port}${uri.pathname}?directConnection=true`, hold };
}

test('a process killed in a rush loses no callback that it answered', async t => {
  const site = await startCallSite(t);
  const { accountSid, authToken, baseUrl } = site.carrier;
  const folder = await tempFolder(t);
  const env = {
    DATA_DIR: folder,
    SERVER_URL: publicOrigin,
    COMPANY_NAME: 'Northwind Dental',
    ADMIN_EMAIL: 'other@parley.example',
    ADMIN_PASSWORD: 'a sentence nobody guesses', // allow-secret: invented
    TWILIO_ACCOUNT_SID: accountSid,
    TWILIO_AUTH_TOKEN: authToken,
    TWILIO_PHONE_NUMBER: '+12125550100',
    TWILIO_API_BASE_URL: baseUrl,
    ELEVENLABS_API_KEY: 'sk_invented_for_tests', // allow-secret: invented
    ELEVENLABS_API_BASE_URL: 'http://127.0.0.1:9',
  };
  const start = async (MONGODB_URI: string) => {
    const settings = JSON.stringify({ ...env, MONGODB_URI });
    const child = spawn(process.execPath, program('test/calls/callback-process.ts', settings), {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const gone = once(child, 'exit');
    const kill = async () => {
      child.kill('SIGKILL');
      await gone;
    };
    t.teardown(kill);
    const [port] = (await once(createInterface(child.stdout), 'line')) as [string];
    return { port, kill };
  };
  const attempts = (count: number) =>
    Promise.all(Array.from({ length: count }, () => site.attempt({ sid: newSid(), state: 'queued' })));
  const tell = async (port: string, { _id, sid }: { _id: { toHexString(): string }; sid: string | null }) => {
    const path = `/call-status-callback?attempt=${_id.toHexString()}`;
    const fields = statusOf(sid!, 'ringing', 1);
    const { status } = await fetch(`http://127.0.0.1:${port}${path}`, {
      method: 'POST',
      headers: {
        host: new URL(publicOrigin).host,
        'content-type': 'application/x-www-form-urlencoded',
        'x-twilio-signature': twilio.getExpectedTwilioSignature(authToken, `${publicOrigin}${path}`, fields),
      },
      body: new URLSearchParams(fields),
    });
    return status;
  };
  const store = await holdableStore(t, new URL(site.storeUri));
  const first = await start(store.uri);
  // The first rush opens the file, the second one finds it open.
  await Promise.all((await attempts(60)).map(each => tell(first.port, each)));
  const answered: string[] = [];
  const calls = await attempts(300);
  store.hold();
  await new Promise<void>(resolve => {
    for (const each of calls)
      tell(first.port, each).then(
        status => {
          if (status === 204) answered.push(each._id.toHexString());
          if (answered.length === 100) void first.kill().then(resolve);
        },
        () => undefined,
      );
  });
  const known = async () => {
    const found = await Promise.all(answered.map(id => site.calls.findById(id)));
    return found.filter(call => call?.state === 'ringing').length;
  };
  t.equal(await known(), 0, 'none of them was in the store');
  const second = await start(site.storeUri);
  await site.eventually(
    async () => (await known()) === answered.length,
    'every callback that was answered is in the store',
  );
  t.equal(await known(), answered.length);
  await second.kill();
});
