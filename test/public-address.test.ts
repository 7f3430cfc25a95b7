import { test } from 'tap';
import { createPublicAddress, originOf } from '../src/public-address.ts';
import { startApp } from './helpers/app.ts';

test('every public address is built upon one base', t => {
  const plain = createPublicAddress(() => 'https://calls.example.com');
  t.equal(plain.http('/voice?attempt=1'), 'https://calls.example.com/voice?attempt=1');
  t.equal(plain.ws('/media-stream'), 'wss://calls.example.com/media-stream');
  const prefixed = createPublicAddress(() => 'https://example.com/parley');
  t.equal(prefixed.http('/'), 'https://example.com/parley/');
  t.equal(prefixed.ws('/media-stream'), 'wss://example.com/parley/media-stream');
  t.equal(createPublicAddress(() => 'http://127.0.0.1:8000').ws('/x'), 'ws://127.0.0.1:8000/x');
  t.throws(() => plain.http('.evil.example/'), { message: /begins with a slash/ }, 'another host cannot be slipped in');
  t.end();
});

test('where a server can be called from its own machine', t => {
  t.equal(originOf({ address: '0.0.0.0', port: 8000 }), 'http://127.0.0.1:8000');
  t.equal(originOf({ address: '::', port: 8000 }), 'http://[::1]:8000');
  t.equal(originOf({ address: '::1', port: 1 }), 'http://[::1]:1');
  t.equal(originOf({ address: '192.0.2.7', port: 8000 }), 'http://192.0.2.7:8000');
  t.end();
});

test('the product knows both its addresses; a free port counts once it listens', async t => {
  const asked: string[] = [];
  const local = await startApp(t, {
    env: { PORT: '0' },
    prepare: app => {
      app.addHook('onReady', async () => {
        t.throws(() => app.publicAddress.http('/'), { message: /does not listen yet/ });
        asked.push('before');
      });
    },
  });
  t.same(asked, ['before']);
  t.equal(local.app.localOrigin(), local.url);
  t.equal(local.app.publicAddress.http('/voice'), `${local.url}/voice`);
  t.equal(local.app.publicAddress.ws('/media-stream'), `${local.url.replace('http', 'ws')}/media-stream`);

  const behind = await startApp(t, { env: { SERVER_URL: 'https://example.com/parley/' } });
  t.equal(behind.app.publicAddress.http('/voice'), 'https://example.com/parley/voice');
  t.equal(behind.app.publicAddress.ws('/media-stream'), 'wss://example.com/parley/media-stream');
  t.equal(behind.app.localOrigin(), behind.url);
});
