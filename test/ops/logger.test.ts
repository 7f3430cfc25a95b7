import { test } from 'tap';
import { createLogging } from '../../src/ops/logger.ts';

function recording() {
  const lines: Record<string, unknown>[] = [];
  const logging = createLogging({
    level: 'info',
    secrets: ['hunter22-hunter22'],
    destination: { write: line => void lines.push(JSON.parse(line)) },
  });
  return { lines, logging };
}

test('every line is JSON with level, time and component', async t => {
  const { lines, logging } = recording();
  logging.component('dialer').info({ callSid: 'CA1', attemptId: 'a1' }, 'placed');
  t.match(lines, [
    { level: 'info', time: /^\d{4}-/, component: 'dialer', callSid: 'CA1', attemptId: 'a1', msg: 'placed' },
  ]);
});

test('sentence, fields and errors are redacted', async t => {
  const { lines, logging } = recording();
  const log = logging.component('x');
  log.info({ to: '+12125550142' }, 'calling +12125550143 with %s', 'hunter22-hunter22');
  log.error(new Error('no route to +12125550144'));
  log.error({ err: new Error('hunter22-hunter22 refused') }, 'failed');
  const text = JSON.stringify(lines);
  for (const hidden of ['2125550142', '2125550143', '2125550144', 'hunter22']) t.notMatch(text, hidden);
  t.equal(lines.length, 3);
});

test('a changed level reaches loggers made before, and their children', async t => {
  const { lines, logging } = recording();
  const child = logging.component('x').child({ requestId: 'r' });
  child.debug('unheard');
  logging.setLevel('debug');
  child.debug('heard');
  logging.setLevel('error');
  child.info('unheard again');
  t.match(lines, [{ msg: 'heard', component: 'x', requestId: 'r' }]);
  t.equal(lines.length, 1);
});
