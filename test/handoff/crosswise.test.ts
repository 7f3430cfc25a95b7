import { test } from 'tap';
import { startSwitch } from '../../scripts/prove/lib/switch.ts';
import { dana, ears, sam } from '../bridge/people.ts';
import { startBeside, startProduct } from '../helpers/product.ts';
import { redisMissing, startRedis } from '../helpers/redis.ts';

const people = `
name: a person who has time
agents:
  - id: talker
    name: Talker
    voice: agent
    firstMessage: "agent: a long explanation"
    otherwise: "agent: shall I book it"
    farewell: "agent: thank you"
people:
  - id: patient
    name: Somebody who waits
    answer: human
    agent: talker
    script:
      - says: yes please
        afterSeconds: 10
      - hangsUp: true
        afterSilence: 60
`;

test('a supervisor at one process hears, helps and takes a call that another one holds', {
  skip: redisMissing,
}, async t => {
  const redis = await startRedis(t);
  const router = await startSwitch();
  t.teardown(() => router.close());
  const env = { REDIS_URL: redis.url };
  const first = await startProduct(t, { scenario: people, scale: 4, origin: () => router.url, env });
  const second = await startBeside(t, first);
  router.route(path => [path === '/media-stream' ? second.url : first.url]);
  const { id, sid } = await first.dial('patient');
  await second.talking(id);
  t.ok(second.app.sessions.get(id), 'the other process holds the call');
  t.equal(first.app.sessions.get(id), undefined);

  const { liveCommands } = first.app;
  const listener = ears(sam);
  await liveCommands.listen(sid, sam, listener);
  await listener.until(() => listener.bytes.caller > 4_000);
  t.equal((await first.api('POST', `/api/calls/${sid}/whisper`, { text: 'Offer Thursday.' })).status, 202);
  t.ok(await first.agent.control.until(each => each.context.some(text => text.includes('Offer Thursday'))));

  const own = ears();
  const line = await liveCommands.takeOver(id, own);
  await t.rejects(second.app.liveCommands.takeOver(id, ears(sam)), {
    code: 'CALL_TAKEN',
    details: { person: { id: dana.id } },
  });
  let seq = 0;
  const microphone = setInterval(() => line.speak(seq++, Buffer.alloc(640, 0x55)), 20);
  await own.until(() => own.heard('caller').includes('yes please'));
  await liveCommands.handBack(id, dana, 'She has time.');
  clearInterval(microphone);
  await own.until(() => own.stops.length > 0);
  t.same(own.stops, ['handed-back']);
  t.ok(await first.agent.control.until(each => each.context.some(text => text.includes('She has time.'))));
  t.ok(listener.bytes.person > 10_000);
  t.same(listener.gaps, []);

  await liveCommands.hangUp(id, sam);
  await listener.until(() => listener.stops.length > 0);
  t.same(listener.stops, ['call-ended']);
  await first.until(id, call => call.outcome, 'over');
});

test('without Redis a command for a call of another process is refused, and says what is missing', async t => {
  const router = await startSwitch();
  t.teardown(() => router.close());
  const first = await startProduct(t, { scenario: people, scale: 4, origin: () => router.url });
  const second = await startBeside(t, first);
  router.route(path => [path === '/media-stream' ? second.url : first.url]);
  const { id } = await first.dial('patient');
  await second.talking(id);
  const { status, body } = await first.api('POST', `/api/calls/${id}/whisper`, { text: 'Offer Thursday.' });
  t.match([status, body.error.code, body.error.message], [503, 'CALL_ELSEWHERE', /REDIS_URL/]);
  await first.app.liveCommands.hangUp(id, sam);
  t.match(await first.until(id, call => call.outcome, 'over'), {
    terminationSource: 'api',
    cause: { by: 'Sam Birch' },
  });
});
