import { test } from 'tap';
import { startApp } from '../helpers/app.ts';

test('a number is put on the list in any way of writing it, once', async t => {
  const app = await startApp(t);
  const token = await app.signIn();
  const add = (phone: string, reason = 'asked by e-mail') =>
    app.call('POST', '/api/suppressions', { token, body: { phone, reason } });

  const first = await add('(212) 555-0100');
  t.match(first, {
    status: 201,
    body: { suppression: { phone: '+12125550100', reason: 'asked by e-mail', source: 'api' } },
  });
  const again = await add('+1 212 555 0100', 'another reason');
  t.match(again, { status: 200, body: { suppression: { id: first.body.suppression.id, reason: 'asked by e-mail' } } });
  t.match(await app.app.suppressions.of('+12125550100'), { id: first.body.suppression.id });
  t.equal(await app.app.suppressions.of('+12125550101'), null);
  t.equal((await app.call('GET', '/api/suppressions?source=api', { token })).body.items.length, 1);

  for (const phone of ['', 'call me', '911', '+1212']) {
    t.match(await add(phone), {
      status: 400,
      body: { error: { code: 'VALIDATION_FAILED', details: [{ field: 'phone' }] } },
    });
  }
  t.match(await add('+12125550102', ' '), { status: 400, body: { error: { details: [{ field: 'reason' }] } } });
});

test('the list says whose numbers they are, to whoever may see people', async t => {
  const app = await startApp(t);
  const token = await app.signIn();
  const [known, unknown] = ['+13125550142', '+13125550143'];
  const made = await app.call('POST', '/api/contacts', { token, body: { phone: known, name: 'Ada Example' } });
  const { id } = made.body.contact;
  for (const phone of [known, unknown]) await app.app.suppressions.add(phone, 'pressed 9', 'call-key');
  const contactsIn = async (query: string, token: string) => {
    const { body } = await app.call('GET', `/api/suppressions${query}`, { token });
    return Object.fromEntries(
      body.items.map((each: { phone: string; contact: unknown }) => [each.phone, each.contact]),
    );
  };
  t.same(await contactsIn('', token), { [known]: { id, name: 'Ada Example' }, [unknown]: null });
  t.same(await contactsIn(`?phone=${encodeURIComponent(known)}`, token), { [known]: { id, name: 'Ada Example' } });
  t.same(await contactsIn('?fields=phone', token), { [known]: undefined, [unknown]: undefined });
  const key = await app.call('POST', '/api/api-keys', { token, body: { name: 'list', scopes: ['suppressions:read'] } });
  t.same(await contactsIn('', key.body.secret ?? key.body.key), { [known]: null, [unknown]: null }, 'the list alone');
});

test('two processes share the key of the hash: what one lists, the other finds', async t => {
  const one = await startApp(t);
  const two = await startApp(t, { env: { MONGODB_URI: one.app.operations.config.MONGODB_URI! } });
  const [first, second] = await Promise.all([
    one.app.suppressions.add('+12125550100', 'pressed 9', 'call-key'),
    two.app.suppressions.add('+12125550101', 'pressed 9', 'call-key'),
  ]);
  t.match(await two.app.suppressions.of('+12125550100'), { id: first.suppression.id });
  t.match(await one.app.suppressions.of('+12125550101'), { id: second.suppression.id });
  t.equal(first.added, true);
});

test('an opt-out is lifted only by an administrator, with a reason that stays in the audit log', async t => {
  const app = await startApp(t);
  const token = await app.signIn();
  const { suppression } = await app.app.suppressions.add('+12125550100', 'pressed 9', 'call-key');
  const path = `/api/suppressions/${suppression.id}`;
  const made = await app.call('POST', '/api/users', { token, body: { email: 'm@example.com', role: 'manager' } });
  const manager = await app.signIn('m@example.com', made.body.password);
  t.equal((await app.call('DELETE', path, { token: manager, body: { reason: 'x' } })).status, 403);
  t.match(await app.call('DELETE', path, { token }), { status: 400 });
  t.match(await app.call('DELETE', path, { token, body: {} }), {
    status: 400,
    body: { error: { details: [{ field: 'reason' }] } },
  });
  t.ok(await app.app.suppressions.of('+12125550100'), 'still there');
  t.match(await app.call('DELETE', path, { token, body: { reason: 'letter 4711' } }), {
    status: 200,
    body: { lifted: true },
  });
  t.equal(await app.app.suppressions.of('+12125550100'), null);
  t.equal((await app.call('DELETE', path, { token, body: { reason: 'letter 4711' } })).status, 404);
  const [entry] = (await app.call('GET', '/api/audit?action=suppression.lift', { token })).body.items;
  t.match(entry, {
    target: { id: suppression.id },
    before: { phoneHash: /^hmac-sha256:[0-9a-f]{64}$/ },
    after: { reason: 'letter 4711' },
  });
  t.notMatch(JSON.stringify(entry), /2125550100/, 'the number itself is not in the log');
});
