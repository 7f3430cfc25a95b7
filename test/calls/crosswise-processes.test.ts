import { test } from 'tap';
import { setUp } from '../../scripts/lib/set-up.mjs';
import { eventually, promptPeople, startProductSite } from '../../scripts/prove/lib/product-site.ts';

const there = ['/media-stream', '/call-status-callback'];

// Real processes of the built product, which share nothing but a store that is served.
test('two real processes serve one call crosswise: document and verdict at one, stream and status at the other', async t => {
  await setUp({ only: ['pocket-mongo', 'server'] });
  // Nothing here ends by itself: a machine that is left alone soon hangs up.
  const scenario = promptPeople();
  const people = scenario.people.map(person => ({ ...person, records: 3_600 }));
  const site = await startProductSite({ scale: 4, scenario: { ...scenario, people } });
  t.teardown(() => site.close());
  const [first, second] = await Promise.all([site.start('first'), site.start('second')]);
  site.router.route(path => [there.includes(path) ? second.address : first.address]);
  const { control } = site.carrier;
  const callOf = async (id: string) => (await site.ask(first, 'GET', `/api/calls/${id}`)).body.call;
  const sessionsOf = async (product: typeof first) =>
    (await site.ask(product, 'GET', '/api/admin/sessions')).body.items as { callId: string }[];

  // The agent takes its time: the machine has said all it says, and been recognised, before the first word to it.
  site.agent.control.addFault({ kind: 'slow-start', delayMs: 10_000 });
  control.answerNext('dan-osei', '+13125550142');
  const placed = await site.ask(first, 'POST', '/api/calls', {
    to: '+13125550142',
    amd: { mode: 'detect', onMachine: 'continue' },
  });
  t.equal(placed.status, 201);
  const { id, sid } = placed.body.call as { id: string; sid: string };
  await eventually(async () => /^machine/.test((await callOf(id)).answeredBy ?? ''), 'the verdict');
  await site.agent.control.until(each => /machine answered this call/.test(each.context.join()));
  t.equal((await sessionsOf(first)).length, 0);
  t.match(await sessionsOf(second), [{ callId: id }], 'the stream is there');
  await eventually(
    async () => (await site.ask(first, 'GET', `/api/calls/${id}/transcript`)).body.turns.length > 0,
    'something said, as the process without the sockets shows it',
  );

  // Ended by the process that has neither its sockets nor its status.
  t.equal((await site.ask(first, 'DELETE', `/api/calls/${sid}`)).status, 202);
  const over = await eventually(async () => (await callOf(id)).outcome && callOf(id), 'the end');
  t.match(over, { status: 'completed', outcome: 'voicemail', terminationSource: 'api', resumes: 0 });
  await control.idle();
  const went = (path: string) => [
    ...new Set(site.router.passed.flatMap(each => (each.path === path ? [each.to] : []))),
  ];
  t.same(went('/outbound-call-twiml'), [first.address]);
  t.same(went('/media-stream'), [second.address]);
  t.same(went('/amd-status-callback'), [first.address]);
  t.same(went('/call-status-callback'), [second.address]);
  for (const each of [first, second]) t.equal((await sessionsOf(each)).length, 0);
  t.same(site.complaints(), []);
});
