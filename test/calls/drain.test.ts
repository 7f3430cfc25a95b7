import { test } from 'tap';
import { startBeside, startProduct } from '../helpers/product.ts';

const people = `
name: people who let it ring
agents:
  - id: booker
    name: Booker
    voice: agent
    firstMessage: "agent: good morning"
    otherwise: "agent: shall I book it"
    farewell: "agent: thank you"
people:
  - id: slow
    name: Somebody who lets it ring
    answer: human
    rings: 15
    greets: hello
    agent: booker
    script:
      - says: yes please
      - agent: "agent: shall I book it"
      - says: goodbye
      - agent: "agent: thank you"
        endsCall: true
  - id: away
    name: Nobody at home
    answer: no-answer
    rings: 10
    agent: booker
`;

test('a call that rings when its process is told to stop is waited for, answered and spoken to its end', async t => {
  const product = await startProduct(t, { scenario: people });
  const { id, sid } = await product.dial('slow');
  await product.carrier.control.reached(sid, 'ringing');
  const { drain } = product.app.operations;
  let over = false;
  const drained = drain.begin(60_000).then(ended => {
    over = true;
    return ended;
  });
  t.equal((await product.api('POST', '/api/calls', { to: '+13125550143' })).body.error?.code, 'DRAINING');
  await product.carrier.control.reached(sid, 'in-progress');
  t.notOk(over, 'nobody left before the person answered');
  t.ok(await drained);
  t.match(await product.until(id, call => call.outcome, 'over'), {
    status: 'completed',
    outcome: 'conversation',
    terminationSource: 'elevenlabs',
    resumes: 0,
  });
  t.equal(product.app.sessions.all().length, 0);
  t.same(
    drain.live().filter(work => work.count > 0),
    [],
  );
});

test('a call that nobody answers keeps a stopping process no longer than it rings', async t => {
  const product = await startProduct(t, { scenario: people });
  const { id, sid } = await product.dial('away');
  await product.carrier.control.reached(sid, 'ringing');
  t.ok(await product.app.operations.drain.begin(60_000));
  t.match(await product.until(id, call => call.outcome, 'over'), { status: 'no-answer', outcome: 'no-answer' });
});

test('a call that rings is handed over: where another process answers it, the stopping one goes', async t => {
  let origin = '';
  const first = await startProduct(t, { scenario: people, origin: () => origin });
  const second = await startBeside(t, first);
  origin = first.url;
  const { id, sid } = await first.dial('slow');
  await first.carrier.control.reached(sid, 'ringing');
  const drained = first.app.operations.drain.begin(60_000);
  // Whoever balances sees that it is not ready any more and asks the other one.
  t.equal((await first.api('GET', '/health/ready')).status, 503);
  origin = second.url;
  await second.talking(id);
  t.ok(await drained, 'the first process does not wait for a call that the second one has');
  t.equal(first.app.sessions.all().length, 0);
  t.equal(second.app.sessions.all().length, 1);
  t.match(await second.until(id, call => call.outcome, 'over'), { outcome: 'conversation', resumes: 0 });
});

test('when the time is up, a live call is left to another process and goes on there', async t => {
  let origin = '';
  const first = await startProduct(t, { scenario: people, origin: () => origin });
  const second = await startBeside(t, first);
  origin = first.url;
  const { id } = await first.dial('slow');
  await first.talking(id);
  t.notOk(await first.app.operations.drain.begin(10));
  origin = second.url;
  await first.app.close();
  const ended = await second.until(id, call => call.outcome, 'over');
  t.match(ended, { status: 'completed', outcome: 'conversation', resumes: 1, terminationSource: 'elevenlabs' });
});
