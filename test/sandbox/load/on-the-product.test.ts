import { test } from 'tap';
import type { LoadReport } from '../../../src/sandbox/load/load-report.ts';
import { startApp } from '../../helpers/app.ts';
import { loadtest } from '../../helpers/loadtest.ts';

const API_KEY = 'an-invented-key-of-thirty-two-bytes'; // allow-secret: invented

test("callers talk through the product's own bridge, in both directions", async t => {
  const product = await startApp(t, { env: { API_KEY, TWILIO_CPS: '20' } });
  await product.app.numbersReady();
  const api = (method: string, path: string, body?: unknown) =>
    product.call(method, path, { token: API_KEY, ...(body === undefined ? {} : { body }) });
  const [agent] = (await api('GET', '/api/agents')).body.items;
  const { control, agentId } = product.app.sandbox.agent!;
  const first_message = 'Thank you. Goodbye.'; // whatever is short: callers speak when it is over
  control.configure(agentId, { conversation_config: { agent: { first_message } } });
  const impatient = await api('PATCH', `/api/agents/${agent.id}`, { silenceSeconds: 2 });
  t.equal(impatient.status, 200, JSON.stringify(impatient.body));

  const carrier = product.app.sandbox.carrier!;
  /** A run that is ended as soon as this holds, however long the machine takes. */
  const run = async (holds: (report: LoadReport) => boolean, ...args: string[]) => {
    const before = carrier.control.load();
    const look = setInterval(() => {
      const report = carrier.control.load();
      if (report && report.order !== before?.order && holds(report)) carrier.control.stopLoad();
    }, 100);
    const target = ['--product', product.url, '--key', API_KEY, '--ramp', '0.3', '--json', ...args];
    const { code, stdout, stderr } = await loadtest(target).finally(() => clearInterval(look));
    if (!stdout.startsWith('{')) throw new Error(`${code}: ${stdout}${stderr}`);
    return { code, ...JSON.parse(stdout) };
  };
  // One of three talks without a pause; the others say a word often enough for an agent that waits two seconds.
  const people = ['--calls', '3', '--people', 'mixed', '--silence-share', '60'];
  const limits = ['--minutes', '0.7', '--max-p99', '20000', '--max-first-sound', '20000', '--max-memory', '100000'];
  const measured = ({ calls, frames, firstSoundMs }: LoadReport) =>
    calls.connected === 3 && firstSoundMs?.count === 3 && frames.returned > 300;
  for (const direction of ['inbound', 'outbound']) {
    const {
      code,
      report,
      product: figures,
      exceeded,
    } = await run(measured, '--direction', direction, ...people, ...limits);
    t.same(exceeded, [], `${direction}: ${JSON.stringify(report.failures)}`);
    t.equal(code, 0);
    t.match(report.calls, { placed: 3, connected: 3, peak: 3, completed: 3 }, direction);
    t.ok(report.frames.expected > 300, `${report.frames.expected} frames were measured`);
    t.match(report.frames, { returned: report.frames.expected, lost: 0, reordered: 0, doubled: 0, foreign: 0 });
    for (const way of ['toAgent', 'toCaller', 'roundTrip'])
      t.equal(report.latencyMs[way].count, report.frames.returned);
    t.equal(report.firstSoundMs.count, 3, 'everybody was greeted');
    t.ok(figures.rssBytes > 0);
  }

  const ended = ({ failures }: LoadReport) => Object.keys(failures).length > 0;
  const silent = await run(ended, '--calls', '1', '--people', 'idle', '--silence-share', '100', '--minutes', '0.7');
  t.equal(silent.code, 1, 'whoever never says a word is let go by the product, and the run says so');
  t.match(Object.keys(silent.report.failures), [/^ended early: /]);
  t.match(silent.exceeded, [/% of the calls failed, allowed 1 %/]);

  await api('PUT', '/api/admin/kill-switch', { on: true, reason: 'a test of the load test' });
  const refused = await run(
    () => false,
    '--direction',
    'outbound',
    '--calls',
    '2',
    '--people',
    'idle',
    '--minutes',
    '0.03',
  );
  t.equal(refused.code, 1);
  t.match(refused.report.calls, { placed: 2, connected: 0 });
  t.match(Object.keys(refused.report.failures), [/^not placed: [A-Z_]+$/], 'with the code of the refusal');
});
