import { randomBytes } from 'node:crypto';
import { test } from 'tap';
import { inDatabase } from '../../src/store/mongodb-uri.ts';
import { endpointOf, startTcpRelay } from '../../src/store/tcp-relay.ts';
import { testServerUri } from '../helpers/store.ts';
import { nothingIsLeft, product } from './bad-day.ts';

test('a store that goes away in mid-call: the conversation goes on, and all of it is written when it is back', async t => {
  const real = inDatabase(await testServerUri(), `product_${randomBytes(6).toString('hex')}`);
  let cable = await startTcpRelay(endpointOf(real), 0);
  const { port } = cable;
  t.teardown(() => cable.close());
  const [database] = /\/product_[0-9a-f]+/.exec(real)!;
  const day = await product(t, {
    scale: 5,
    env: { MONGODB_URI: `mongodb://127.0.0.1:${port}${database}?directConnection=true` },
  });
  const { id, sid } = await day.dial('buyer');
  await day.talking(id);
  await cable.close();
  const said = () => day.agent.control.conversations()[0]!.turns.length;
  const before = said();
  await day.agent.control.until(each => each.turns.length >= before + 2);
  t.equal(day.carrier.control.call(sid)?.state, 'in-progress', 'the caller noticed nothing');
  cable = await startTcpRelay(endpointOf(real), port);
  const over = await day.until(id, call => call.outcome, 'over');
  t.match(over, { status: 'completed', outcome: 'conversation', resumes: 0 });
  const [talked] = day.agent.control.conversations();
  t.same(
    (await day.turns(id)).map(turn => turn.text).toSorted(),
    talked!.turns.map(turn => turn.message).toSorted(),
    'every turn is written once',
  );
  await nothingIsLeft(t, day);
});
