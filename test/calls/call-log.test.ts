import { test } from 'tap';
import { createCallNames } from '../../src/calls/call-names.ts';
import { startApp } from '../helpers/app.ts';

const API_KEY = 'an-invented-key-of-a-test'; // allow-secret: invented

test('every log line about a call carries the carrier’s id of it, from the moment it is known', async t => {
  const { app, call, log } = await startApp(t, {
    env: { API_KEY, COMPANY_NAME: 'Brightwater Dental', TWILIO_CPS: '10', LOG_LEVEL: 'trace' },
  });
  const { control } = app.sandbox.carrier!;
  const api = (method: string, path: string, body?: unknown) =>
    call(method, path, { token: API_KEY, ...(body === undefined ? {} : { body }) });
  await app.numbersReady();
  control.answerNext(control.people().find(each => each.answer === 'human')!.id);
  const placed = await api('POST', '/api/calls', { to: '+13125550142', amd: { mode: 'off' } });
  t.equal(placed.status, 201, JSON.stringify(placed.body));
  const { id, sid } = placed.body.call as { id: string; sid: string };
  const known = log.length;
  for (let turns = 0; turns === 0; turns = (await api('GET', `/api/calls/${id}/transcript`)).body.turns.length) {
    await new Promise(resolve => setTimeout(resolve, 100));
  }
  // A carrier that does not hang up at once is worth a line.
  control.addFault({ kind: 'rest-503', operation: 'update', times: 4 });
  const ended = new Promise<void>(resolve => {
    app.operations.events.on('calls.ended', event => {
      if (event.call.id === id) resolve();
    });
  });
  t.equal((await api('DELETE', `/api/calls/${id}`)).status, 202);
  await ended;
  await app.callRecords.journal.written(id);

  const lines = log.slice(known).map(line => JSON.parse(line) as Record<string, unknown>);
  const about = lines.filter(line => JSON.stringify(line).includes(id) || JSON.stringify(line).includes(sid));
  t.ok(
    about.some(({ msg }) => String(msg).includes('did not hang up')),
    'the test itself sees lines about the call',
  );
  // How many lines there are depends on the machine.
  t.same(
    about.filter(line => line['callSid'] !== sid),
    [],
  );
  t.same(
    lines.filter(line => 'attemptId' in line && !line['callSid']),
    [],
  );
  t.same(
    lines.filter(({ msg }) => /[0-9a-f]{24}/.test(String(msg))),
    [],
    'ids are fields and not words',
  );
});

test('a name is added where it is known, and nothing else is touched', t => {
  const names = createCallNames();
  const fields = { attemptId: 'one', more: 1 };
  t.equal(names.complete(fields), fields);
  names.learn('one', 'CA1');
  t.same(names.complete(fields), { attemptId: 'one', more: 1, callSid: 'CA1' });
  t.same(names.complete({ attemptId: 'one', callSid: 'CA2' }), { attemptId: 'one', callSid: 'CA2' });
  t.same(names.complete({ attemptId: 'two' }), { attemptId: 'two' });
  t.same(names.complete({ other: 'one' }), { other: 'one' });
  t.end();
});
