import { Types } from 'mongoose';
import { Webhook } from 'standardwebhooks';
import { type Test, test } from 'tap';
import { HookDeliveryRepository } from '../../src/hooks/delivery-repository.ts';
import { givenUpByHook } from '../../src/hooks/given-up.ts';
import { startHookDispatcher } from '../../src/hooks/hook-dispatcher.ts';
import { createHookSender } from '../../src/hooks/hook-sender.ts';
import { HookService } from '../../src/hooks/hook-service.ts';
import { HookSubscriptionRepository } from '../../src/hooks/subscription-repository.ts';
import { createSealer } from '../../src/store/seal.ts';
import { startApp } from '../helpers/app.ts';
import { startHookReceiver } from '../helpers/hook-receiver.ts';
import { silent, startTestStore } from '../helpers/store.ts';
import { until } from '../jobs/job-site.ts';
import { createManualClock } from '../jobs/manual-clock.ts';

const env = { HOOKS_ALLOW_PRIVATE: 'true' };

async function withHook(t: Test) {
  const receiver = await startHookReceiver(t);
  const parley = await startApp(t, { env });
  const token = await parley.signIn();
  const made = await parley.call('POST', '/api/hooks', { token, body: { url: receiver.url, events: ['call.ended'] } });
  t.equal(made.status, 201);
  const { hook, secret } = made.body;
  const deliveries = async () => (await parley.call('GET', `/api/hooks/${hook.id}/deliveries`, { token })).body.items;
  const announce = (n: number) =>
    parley.app.announcements.announce('call.ended', `call.ended:${n}`, `call:${n}`, { n });
  return { ...parley, token, receiver, hook, secret, deliveries, announce };
}

test('a message arrives, signed as the standard says, and its delivery is written down', async t => {
  const { app, call, token, receiver, secret, announce, deliveries } = await withHook(t);
  await announce(1);
  const [message] = await receiver.count(1);
  t.match(new Webhook(secret).verify(message!.text, message!.headers), { type: 'call.ended', data: { n: 1 } });
  t.throws(() => new Webhook(secret).verify(message!.text.replace('1', '2'), message!.headers));
  const { registry } = app.operations.metrics;
  await until(async () => ((await registry.getSingleMetric('parley_hook_tries_total')?.get())?.values.length ?? 0) > 0);
  t.match(await deliveries(), [{ event: 'call.ended', state: 'delivered', tries: [{ status: 204, problem: null }] }]);
  const listed = async (query = '') => (await call('GET', `/api/hooks${query}`, { token })).body.items;
  const lastDay = { delivered: 1, givenUp: 0 };
  t.match(await listed(), [{ newest: { event: 'call.ended', state: 'delivered' }, waitingSince: null, lastDay }]);
  t.same(Object.keys((await listed('?fields=url'))[0]), ['url']);
});

test('what must be looked up for a message is looked up where somebody wants it', async t => {
  const { app, receiver } = await withHook(t);
  let lookups = 0;
  const lookedUp = (data: Record<string, unknown> | null) => async () => {
    lookups += 1;
    return data;
  };
  await app.announcements.announce('transcript.ready', 'transcript.ready:1', 'call:1', lookedUp({ n: 1 }));
  t.equal(lookups, 0, 'nobody wants transcripts');
  await app.announcements.announce('call.ended', 'call.ended:1', 'call:1', lookedUp(null));
  await app.announcements.announce('call.ended', 'call.ended:2', 'call:2', lookedUp({ n: 2 }));
  t.equal(lookups, 2);
  const messages = await receiver.count(1);
  t.same(
    messages.map(({ body }) => body.data.n),
    [2],
    'where there is nothing to tell, nothing is told',
  );
});

test('what is announced twice is sent once, and what nobody wants is sent to nobody', async t => {
  const { app, receiver, announce } = await withHook(t);
  await announce(1);
  await announce(1);
  await app.announcements.announce('campaign.unheard-of' as 'call.ended', 'x:1', 'call:1', {});
  await announce(2);
  const messages = await receiver.count(2);
  t.same(
    messages.map(({ body }) => body.data.n),
    [1, 2],
  );
});

test('the test button sends a message that means nothing', async t => {
  const { call, token, hook, receiver } = await withHook(t);
  t.equal((await call('POST', `/api/hooks/${hook.id}/test`, { token })).status, 202);
  const [message] = await receiver.count(1);
  t.equal(message!.body.type, 'test');
});

test('a new secret signs beside the old one', async t => {
  const { call, token, hook, secret, receiver, announce } = await withHook(t);
  const rotated = await call('POST', `/api/hooks/${hook.id}/rotate-secret`, { token });
  t.equal(rotated.status, 200);
  await announce(1);
  const [message] = await receiver.count(1);
  for (const each of [secret, rotated.body.secret]) t.ok(new Webhook(each).verify(message!.text, message!.headers));
});

test('secrets are never shown again, in no answer', async t => {
  const { call, token, hook, secret } = await withHook(t);
  const answers = await Promise.all([
    call('GET', '/api/hooks', { token }),
    call('GET', `/api/hooks/${hook.id}`, { token }),
    call('PATCH', `/api/hooks/${hook.id}`, { token, body: { description: 'changed' } }),
  ]);
  for (const { status, body } of answers) {
    t.equal(status, 200);
    t.notMatch(JSON.stringify(body), secret);
  }
});

test('bad input names the field, and unknown ids are not found', async t => {
  const { call, token, hook } = await withHook(t);
  const post = (body: unknown) => call('POST', '/api/hooks', { token, body });
  t.match(await post({ url: 'nonsense', events: ['call.ended'] }), {
    status: 400,
    body: { error: { details: [{ field: 'url' }] } },
  });
  t.equal((await post({ url: hook.url, events: ['call.exploded'] })).status, 400);
  t.equal((await post({ url: hook.url, events: [] })).status, 400);
  const unknown = '6740a1b2c3d4e5f60718293a';
  t.equal((await call('GET', `/api/hooks/${unknown}`, { token })).status, 404);
  t.equal((await call('GET', `/api/hooks/${unknown}/deliveries`, { token })).status, 404);
  t.equal((await call('POST', `/api/hooks/${hook.id}/deliveries/${unknown}/replay`, { token })).status, 409);
});

test('without the permission for it, private addresses are refused when they are entered', async t => {
  const { call, signIn } = await startApp(t);
  const body = { url: 'https://192.168.1.10/hook', events: ['call.ended'] };
  const answer = await call('POST', '/api/hooks', { token: await signIn(), body });
  t.match(answer, { status: 400, body: { error: { message: /HOOKS_ALLOW_PRIVATE/ } } });
});

/** The dispatcher alone, with a clock of the test's own. */
async function dispatching(t: Test, { privateAllowed = true, timeoutMs = 5000, answerBytes = 1024 } = {}) {
  const store = await startTestStore(t);
  await store.ensureIndexes();
  const clock = createManualClock(Date.now());
  const subscriptions = new HookSubscriptionRepository(store);
  const deliveries = new HookDeliveryRepository(store);
  const sealer = createSealer([Buffer.alloc(32, 7)]);
  const sender = createHookSender({ privateAllowed, timeoutMs, answerBytes });
  const results: string[] = [];
  const dispatcher = startHookDispatcher({
    subscriptions,
    deliveries,
    sender,
    sealer,
    clock,
    logger: silent,
    owner: 'test',
    onTry: result => results.push(result),
  });
  t.teardown(async () => {
    await dispatcher.stop();
    await sender.close();
  });
  const wake = () => dispatcher.wake();
  const service = new HookService({ subscriptions, deliveries, sealer, clock, privateAllowed: true, wake });
  /** Resolves when this many tries were made in all; whenever everybody rests, the clock moves on to the next one due. */
  const tries = async (wanted: number) => {
    await until(async () => {
      if (results.length >= wanted) return true;
      const { items } = await subscriptions.list();
      const resting = items.every(({ lease }) => !lease || lease.until.getTime() <= clock.now());
      const due = items.flatMap(({ dueAt, enabled }) => (enabled && dueAt ? [dueAt.getTime()] : []));
      if (resting && due.length > 0) clock.advance(Math.max(0, Math.min(...due) - clock.now()) + 2000);
      return false;
    });
    return results;
  };
  const listed = async (id: unknown) => (await deliveries.list({ filter: { subscriptionId: String(id) } })).items;
  return { service, subscriptions, listed, tries, results };
}

const status =
  (code: number, headers = {}) =>
  (_: unknown, response: import('node:http').ServerResponse) =>
    void response.writeHead(code, headers).end();

/** Those that somebody must be told of, once it was written down that there are so many. */
async function failing(subscriptions: HookSubscriptionRepository, count: number) {
  const later = new Date(Date.now() + 2 * 86_400_000);
  for (;;) {
    const found = await subscriptions.failing(later);
    if (found.length === count) return found;
    await new Promise(resolve => setImmediate(resolve));
  }
}

test('a failing message is tried again and holds those behind it', async t => {
  const receiver = await startHookReceiver(t);
  const { service, subscriptions, tries } = await dispatching(t);
  await service.add({ url: receiver.url, events: ['call.ended'] });
  receiver.answers.push(status(500), status(503));
  await service.announce('call.ended', 'a', 'call:a', { n: 'a' });
  await service.announce('call.ended', 'b', 'call:b', { n: 'b' });
  t.same(await tries(4), ['failed', 'failed', 'delivered', 'delivered']);
  t.same(
    receiver.received.map(({ body }) => body.data.n),
    ['a', 'a', 'a', 'b'],
  );
  const ids = receiver.received.map(({ headers }) => headers['webhook-id']);
  t.equal(new Set(ids.slice(0, 3)).size, 1, 'the id tells repetitions');
  t.same(await failing(subscriptions, 0), [], 'what was taken ends the trouble');
});

test('after a day a message is given up, and can be sent again', async t => {
  const receiver = await startHookReceiver(t);
  const { service, listed, tries, results } = await dispatching(t);
  const { hook } = await service.add({ url: receiver.url, events: ['call.ended'] });
  receiver.answers.push(...Array.from({ length: 40 }, () => status(500)));
  await service.announce('call.ended', 'a', 'call:a', {});
  while (results.at(-1) !== 'dead') await tries(results.length + 1);
  receiver.answers.length = 0;
  const items = await listed(hook._id);
  t.match(items, [{ state: 'dead' }]);
  await service.replay(hook._id.toHexString(), items[0]!._id.toHexString());
  const before = results.length;
  await tries(before + 1);
  t.equal(results.at(-1), 'delivered');
});

test('what was given up is told as an alert, until all of it is sent again or discarded', async t => {
  const { app, call, token, receiver, hook, announce, deliveries } = await withHook(t);
  // A receiver that is gone ends a message at once; the webhook is switched on again for the others.
  const giveUp = async (n: number) => {
    receiver.answers.push(status(410));
    await announce(n);
    await until(
      async () => (await deliveries()).filter((each: { state: string }) => each.state === 'dead').length === n,
    );
    await until(async () => !(await call('GET', `/api/hooks/${hook.id}`, { token })).body.hook.enabled);
    await call('PATCH', `/api/hooks/${hook.id}`, { token, body: { enabled: true } });
  };
  const act = (name: string) => call('POST', `/api/hooks/${hook.id}/deliveries/${name}`, { token });
  const alerts = async () =>
    (await call('GET', '/api/alerts', { token })).body.items.filter(
      ({ kind }: { kind: string }) => kind === 'webhook-messages',
    );
  t.match(await act('replay'), { status: 202, body: { queued: 0 } });
  await giveUp(1);
  await giveUp(2);
  t.match(await app.givenUpMessages(), [{ id: hook.id, count: 2, more: false, since: Date }]);
  await until(async () => (await alerts()).length > 0);
  t.match(await alerts(), [
    { id: `webhook-messages:${hook.id}`, sentence: /^2 messages to 127\.0\.0\.1:\d+ were given up/, since: String },
  ]);
  await call('PATCH', `/api/hooks/${hook.id}`, { token, body: { enabled: false } });
  t.match(await act('replay'), { status: 409, body: { error: { message: /switch it on/ } } });
  await call('PATCH', `/api/hooks/${hook.id}`, { token, body: { enabled: true } });
  const before = receiver.received.length;
  t.match(await act('replay'), { status: 202, body: { queued: 2 } });
  const again = (await receiver.count(before + 2)).slice(before);
  t.same(
    again.map(({ body }) => body.data.n),
    [1, 2],
    'in the order in which they were made',
  );
  await until(async () => (await deliveries()).every((each: { state: string }) => each.state === 'delivered'));
  t.same(await app.givenUpMessages(), []);
  receiver.answers.push(status(410));
  await announce(3);
  await until(async () => (await app.givenUpMessages()).length === 1);
  t.match(await act('discard'), { status: 200, body: { discarded: 1 } });
  t.same(await app.givenUpMessages(), []);
  t.equal((await deliveries()).length, 2, 'what was delivered stays');
});

test('of very many messages only some are counted, and none of a webhook that is gone', async t => {
  const id = (n: number) => new Types.ObjectId(String(n).padStart(24, '0'));
  const message = (n: number, at?: number) => ({
    subscriptionId: id(n),
    tries: at === undefined ? [] : [{ at: new Date(at), status: 500, ms: 1, problem: null }],
  });
  const hooks = [
    { _id: id(1), url: 'https://one.example.com' },
    { _id: id(2), url: 'https://two.example.com' },
  ];
  t.same(givenUpByHook([message(1, 9), message(3, 1), message(1, 5), message(2)], hooks, 3), [
    { id: id(1).toHexString(), url: 'https://one.example.com', count: 2, more: true, since: new Date(5) },
  ]);
});

test('a receiver that is gone is not asked again', async t => {
  const receiver = await startHookReceiver(t);
  const { service, subscriptions, tries } = await dispatching(t);
  const { hook } = await service.add({ url: receiver.url, events: ['call.ended'] });
  receiver.answers.push(status(410));
  await service.announce('call.ended', 'a', 'call:a', {});
  t.same(await tries(1), ['dead']);
  t.match(await subscriptions.findById(hook._id), { enabled: false, problem: /410/ });
  t.match(await failing(subscriptions, 1), [{ enabled: false, failingSince: Date }], 'somebody must be told');
});

test('a redirect is not followed', async t => {
  const receiver = await startHookReceiver(t);
  const { service, listed, tries } = await dispatching(t);
  const { hook } = await service.add({ url: receiver.url, events: ['call.ended'] });
  receiver.answers.push(status(302, { location: receiver.url }));
  await service.announce('call.ended', 'a', 'call:a', {});
  await tries(1);
  t.equal(receiver.received.length, 1);
  const items = await listed(hook._id);
  t.match(items[0]!.tries[0], { status: 302, problem: /redirects are not followed/ });
});

test('a private address is refused at the connection too', async t => {
  const receiver = await startHookReceiver(t);
  const { service, listed, tries } = await dispatching(t, { privateAllowed: false });
  const { hook } = await service.add({ url: receiver.url, events: ['call.ended'] });
  const byName = await service.add({ url: receiver.url.replace('127.0.0.1', 'localhost'), events: ['call.ended'] });
  await service.announce('call.ended', 'a', 'call:a', {});
  await tries(2);
  t.equal(receiver.received.length, 0);
  for (const { _id } of [hook, byName.hook]) {
    const items = await listed(_id);
    t.match(items[0]!.tries[0], { status: null, problem: /private network/ });
  }
});

test('neither a hanging nor an endless answer holds the others', async t => {
  const hanging = await startHookReceiver(t);
  const endless = await startHookReceiver(t);
  const prompt = await startHookReceiver(t);
  const { service } = await dispatching(t, { timeoutMs: 300 });
  hanging.answers.push(() => {});
  endless.answers.push((_, response) => {
    response.writeHead(200);
    const more = () => {
      while (response.write(Buffer.alloc(16_384)));
      response.once('drain', more);
    };
    more();
  });
  for (const { url } of [hanging, endless, prompt]) await service.add({ url, events: ['call.ended'] });
  for (const n of [1, 2, 3]) await service.announce('call.ended', `m${n}`, 'call:a', { n });
  await prompt.count(3);
  t.pass('the prompt receiver has everything');
});

test('erasing takes the content out of what was sent and of what waits', async t => {
  const receiver = await startHookReceiver(t);
  const { service, listed, tries } = await dispatching(t);
  const { hook } = await service.add({ url: receiver.url, events: ['call.ended'] });
  receiver.answers.push(status(204), status(500));
  await service.announce('call.ended', 'a', 'call:a', { words: 'a' });
  await service.announce('call.ended', 'b', 'call:a', { words: 'b' });
  await tries(2);
  t.equal(await service.erase('call:a'), 2);
  const items = await listed(hook._id);
  t.same(
    items.map(({ payload, state }) => ({ payload, state })),
    [
      { payload: null, state: 'dead' },
      { payload: null, state: 'delivered' },
    ],
  );
});

test('the end of a call is announced as the API shows the call', async t => {
  const { app, receiver } = await withHook(t);
  const call = { id: '6740a1b2c3d4e5f60718293a', status: 'completed', outcome: 'conversation' };
  app.operations.events.publish('calls.ended', { call } as never);
  const [message] = await receiver.count(1);
  t.same(message!.body.data.call, call);
});
