import { test } from 'tap';
import { startSwitch } from '../../scripts/prove/lib/switch.ts';
import { startBeside, startProduct } from '../helpers/product.ts';

const people = `
name: a machine and a person
agents:
  - id: booker
    name: Booker
    voice: agent
    firstMessage: "agent: good morning"
    otherwise: "agent: shall I book it"
    farewell: "agent: thank you"
people:
  - id: machine
    name: A machine
    answer: voicemail
    rings: 1
    announcement: you have reached a machine, leave a message
    agent: booker
  - id: buyer
    name: A buyer
    answer: human
    rings: 1
    greets: hello
    agent: booker
    script:
      - says: yes please
      - agent: "agent: shall I book it"
      - says: goodbye
      - agent: "agent: thank you"
        endsCall: true
`;

test('two processes serve one call crosswise: document here, stream there, verdict here, status there', async t => {
  const router = await startSwitch();
  t.teardown(() => router.close());
  const first = await startProduct(t, { scenario: people, scale: 4, origin: () => router.url });
  const second = await startBeside(t, first);
  const there = ['/media-stream', '/call-status-callback'];
  router.route(path => [there.includes(path) ? second.url : first.url]);

  // The agent takes its time: the machine has said all it says, and been recognised, before the first word to it.
  first.agent.control.addFault({ kind: 'slow-start', delayMs: 10_000 });
  const { id, sid } = await first.dial('machine', { amd: { mode: 'detect', onMachine: 'continue' } });
  // The verdict reached the first process; the one with the sockets finds it, and its agent knows.
  const told = await first.agent.control.until(each => /machine answered this call/.test(each.context.join()));
  t.equal(told.context.filter(text => /machine answered/.test(text)).length, 1, 'once');
  t.match(await first.until(id, call => call.amd?.state === 'done', 'decided'), { amd: { action: 'tell-agent' } });
  await second.talking(id);
  t.equal(first.app.sessions.get(id), undefined);
  t.ok(second.app.sessions.get(id), 'the stream is there');
  // Ended by the process that has neither its sockets nor its status.
  t.equal((await first.api('DELETE', `/api/calls/${sid}`)).status, 202);
  t.match(await first.until(id, call => call.outcome, 'over'), {
    status: 'completed',
    outcome: 'voicemail',
    terminationSource: 'api',
    answeredBy: /^machine/,
    resumes: 0,
  });
  await first.carrier.control.idle();
  const types = await first.typesUpTo(id, 'call.ended');
  for (const once of [
    'call.in-progress',
    'stream.started',
    'amd.verdict',
    'amd.decided',
    'call.ending',
    'call.ended',
  ]) {
    t.equal(types.filter(type => type === once).length, 1, `${once} once: ${types.join()}`);
  }
  const went = (path: string) => [...new Set(router.passed.filter(each => each.path === path).map(each => each.to))];
  t.same(went('/outbound-call-twiml'), [first.url]);
  t.same(went('/media-stream'), [second.url]);
  t.same(went('/amd-status-callback'), [first.url]);
  t.same(went('/call-status-callback'), [second.url]);
  for (const each of [first, second]) t.equal(each.app.sessions.all().length, 0);
});

test('every request of a call may meet another process', async t => {
  const router = await startSwitch();
  t.teardown(() => router.close());
  const first = await startProduct(t, { scenario: people, scale: 4, origin: () => router.url });
  const second = await startBeside(t, first);
  let count = 0;
  router.route(() => {
    count += 1;
    return count % 2 === 0 ? [first.url] : [second.url];
  });
  const { id } = await first.dial('buyer');
  t.match(await second.until(id, call => call.outcome, 'over'), {
    status: 'completed',
    outcome: 'conversation',
    terminationSource: 'elevenlabs',
    terminationReason: 'agent-ended',
  });
  t.same(
    (await first.turns(id)).map(turn => turn.text),
    ['agent: good morning', 'hello', 'yes please', 'agent: shall I book it', 'goodbye', 'agent: thank you'],
  );
  for (const each of [first, second]) {
    t.equal(each.app.sessions.all().length, 0);
  }
});
