import { test } from 'tap';
import { readWavHeader } from '../../src/recordings/wav-check.ts';
import { startApp } from '../helpers/app.ts';

const API_KEY = 'an-invented-key-of-a-test'; // allow-secret: invented

test('a call in the sandbox, from hang-up to its complete record, heard by range, and erased', async t => {
  const { app, call, url } = await startApp(t, {
    env: {
      API_KEY,
      COMPANY_NAME: 'Northwind Dental',
      TWILIO_CPS: '10',
      ENCRYPTION_KEY: Buffer.alloc(32, 5).toString('base64'),
    },
  });
  const { control } = app.sandbox.carrier!;
  const api = (method: string, path: string, body?: unknown) =>
    call(method, path, { token: API_KEY, ...(body === undefined ? {} : { body }) });
  const eventually = async (holds: () => Promise<boolean>, what: string) => {
    const deadline = Date.now() + 25_000;
    while (!(await holds())) {
      if (Date.now() > deadline) throw new Error(`never came: ${what}`);
      await new Promise(resolve => setTimeout(resolve, 100));
    }
  };
  await app.numbersReady();

  const person = control.people().find(each => each.answer === 'human')!;
  control.answerNext(person.id);
  const placed = await api('POST', '/api/calls', {
    to: '+13125550142',
    record: true,
    amd: { mode: 'off' },
    maxMinutes: 1,
  });
  t.equal(placed.status, 201, JSON.stringify(placed.body));
  const { id, sid } = placed.body.call;
  const shown = async () => (await api('GET', `/api/calls/${id}`)).body.call;
  await eventually(
    async () => (await shown()).recording === 'recording',
    'the recording begins after the first sentence',
  );
  const recordingSince = Date.now();
  const since = recordingSince - Date.parse((await shown()).answeredAt);
  await eventually(async () => {
    const { body } = await api('GET', `/api/calls/${id}/transcript`);
    return body.turns.some(({ endMs }: { endMs: number }) => endMs >= since + 1_500);
  }, 'more than a second of talk is on it');
  t.equal((await api('DELETE', `/api/calls/${id}`)).status, 202);
  await eventually(async () => (await shown()).recording === 'stored', 'the recording is here');
  await eventually(async () => (await shown()).outcome !== null, 'the outcome is written');

  const [recording] = (await api('GET', `/api/calls/${sid}/recordings`)).body.items;
  const { firstTurn, answeredAt } = await shown();
  t.match(recording, { state: 'stored', channels: 2, problem: null });
  t.ok(recording.durationSeconds >= 1, `${recording.durationSeconds} s were recorded`);
  const begun = recordingSince - Date.parse(answeredAt);
  t.ok(recording.startMs >= firstTurn.endMs - 250, 'not before what must be said was heard');
  t.ok(recording.startMs <= begun + 1_000, `it began at ${recording.startMs} ms of the call, seen ${begun} ms into it`);

  const hear = (range: string) =>
    fetch(`${url}/api/recordings/${recording.id}`, { headers: { authorization: `Bearer ${API_KEY}`, range } });
  const head = await hear('bytes=0-43');
  t.equal(head.status, 206);
  t.match(readWavHeader(Buffer.from(await head.arrayBuffer())), { channels: 2, bytesPerSecond: 32_000 });
  const tail = await hear('bytes=-32000');
  t.equal((await tail.arrayBuffer()).byteLength, 32_000, 'its last second');

  const vtt = await api('GET', `/api/calls/${sid}/transcript?format=vtt&offsetMs=${recording.startMs}`);
  t.match(vtt.body, /^WEBVTT\n/);
  t.match((await api('GET', `/api/calls?number=0142&minSeconds=0`)).body.items, [{ id }]);
  t.match((await api('GET', '/api/calls/export?fields=id,outcome')).body, new RegExp(`^id,outcome\r\n${id},`));

  const erased = await api('DELETE', `/api/calls/${sid}/record`);
  t.ok([200, 202].includes(erased.status));
  t.match(erased.body.call, { to: /^hmac-sha256:/, recording: 'erased' });
  t.equal((await hear('bytes=0-43')).status, 410);
  t.same((await api('GET', `/api/calls/${id}/transcript`)).body.turns, []);
  t.same(control.violations, []);
});
