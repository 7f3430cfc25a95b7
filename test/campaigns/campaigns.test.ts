import { test } from 'tap';
import { campaignDesk, until } from './campaign-desk.ts';

test('campaigns: made, read, changed, run, deleted', async t => {
  const desk = await campaignDesk(t, { env: { COST_CURRENCY: 'USD' } });
  const { call, make, add, state, texts } = desk;

  await t.test('a campaign is idle when it is made, and shows what it was given and what holds otherwise', async t => {
    const campaign = await make({
      callerIds: [],
      pace: { callsPerSecond: 0.1 },
      schedule: { timeZone: 'contact', windows: [{ day: 1, from: '09:00', to: '24:00' }], holidays: ['US'] },
      retry: { maxAttempts: 3, afterMinutes: { busy: [30, 60], 'no-answer': [240] } },
      amd: { mode: 'detect', onMachine: 'hang-up' },
      budget: { amount: 12.5, currency: 'USD', per: 'month' },
      seller: { legalName: 'Example Roofing', callbackNumber: '(212) 555-0100' },
      variables: { first: { field: 'firstName' }, plan: { field: 'customFields.plan' }, offer: { value: 'spring' } },
      variants: [{ name: 'A' }, { name: 'B', weight: 3 }],
    });
    t.match(campaign, {
      state: 'idle',
      pace: { callsPerSecond: 0.1, maxConcurrent: 20 },
      seller: { legalName: 'Example Roofing', callbackNumber: '+12125550100' },
      budget: { amount: 12.5, per: 'month' },
      variants: [
        { name: 'A', weight: 1, agentId: null },
        { name: 'B', weight: 3 },
      ],
      record: null,
      cause: null,
      createdBy: desk.admin.email,
    });
    t.same((await call('GET', `/api/campaigns/${campaign.id}`)).body.campaign, campaign);
    t.same(await texts(campaign.id), ['The campaign was made.']);
    t.match(await call('GET', '/api/campaigns/0123456789abcdef01234567'), {
      status: 404,
      body: { error: { code: 'CAMPAIGN_NOT_FOUND' } },
    });
  });

  await t.test('every field that is wrong is named, with what helps', async t => {
    const nobody = '0123456789abcdef01234567';
    const windows = [{ day: 1, from: '09:00', to: '17:00' }];
    const bad: [field: string, body: Record<string, unknown>][] = [
      ['name', { name: ' ' }],
      ['contentClass', { contentClass: 'poetry' }],
      ['agentId', { agentId: nobody }],
      ['agentId', { agentId: 'x' }],
      ['callerIds.0', { callerIds: ['+12125550199'] }],
      ['callerIds.0', { callerIds: ['nonsense'] }],
      ['lists.0', { lists: [nobody] }],
      ['pace.callsPerSecond', { pace: { callsPerSecond: 0 } }],
      ['pace.maxConcurrent', { pace: { maxConcurrent: 0.5 } }],
      ['schedule.timeZone', { schedule: { timeZone: 'Nowhere/Land', windows } }],
      ['schedule.windows', { schedule: { timeZone: 'contact', windows: [] } }],
      [
        'schedule.windows.0.to',
        { schedule: { timeZone: 'contact', windows: [{ day: 1, from: '09:00', to: '25:00' }] } },
      ],
      ['schedule.endsAt', { schedule: { timeZone: 'contact', windows, startsAt: '2026-12-02', endsAt: '2026-12-01' } }],
      ['schedule.holidays.0', { schedule: { timeZone: 'contact', windows, holidays: ['Atlantis'] } }],
      ['retry.maxAttempts', { retry: { maxAttempts: 11 } }],
      ['retry.afterMinutes.busy', { retry: { maxAttempts: 2, afterMinutes: { busy: [] } } }],
      ['retry.afterMinutes.sneezed', { retry: { maxAttempts: 2, afterMinutes: { sneezed: [1] } } }],
      ['amd.mode', { amd: { mode: 'guess' } }],
      ['amd.onMachine', { amd: { mode: 'off', onMachine: 'leave-message' } }],
      ['amd.message', { amd: { onMachine: 'hang-up', message: 'Hello' } }],
      ['budget.amount', { budget: { amount: 0, currency: 'USD' } }],
      ['budget.currency', { budget: { amount: 5, currency: 'XXX' } }],
      ['priority', { priority: 10 }],
      ['maxMinutes', { maxMinutes: 200 }],
      ['emergencyReason', { contentClass: 'emergency' }],
      ['emergencyReason', { emergencyReason: 'flood' }],
      ['seller.callbackNumber', { seller: { legalName: 'Example', callbackNumber: '12' } }],
      ['variables.plan.field', { variables: { plan: { field: 'shoeSize' } } }],
      ['variables.9lives', { variables: { '9lives': { value: 'x' } } }],
      ['variants.1.name', { variants: [{ name: 'A' }, { name: 'a' }] }],
      ['variants.0.weight', { variants: [{ name: 'A', weight: 0 }] }],
      ['breaker.share', { breaker: { inARow: 5, share: 2, ofAtLeast: 20, withinSeconds: 120, pauseSeconds: 60 } }],
      ['colour', { colour: 'red' }],
    ];
    for (const [field, wishes] of bad) {
      const answer = await call('POST', '/api/campaigns', { name: 'Bad', contentClass: 'informational', ...wishes });
      t.equal(answer.status, 400, JSON.stringify(wishes));
      const fields = (answer.body.error.details ?? []).map((each: { field: string }) => each.field);
      t.ok(fields.includes(field), `${field} is among ${fields.join(', ')}`);
    }
    t.same(
      (await call('GET', '/api/campaigns')).body.items.map((each: { name: string }) => each.name),
      ['Spring reminders'],
    );
  });

  await t.test('an emergency is declared by an administrator alone', async t => {
    const body = { email: 'manager@parley.example', password: 'a-long-passphrase-of-hers', role: 'manager' }; // allow-secret: invented
    t.equal((await call('POST', '/api/users', body)).status, 201);
    const token = await desk.signIn(body.email, body.password);
    const wish = { name: 'Flood', contentClass: 'emergency', emergencyReason: 'The river rises' };
    t.equal((await desk.request('POST', '/api/campaigns', { token, body: wish })).status, 403);
    const flood = await make(wish);
    t.match(flood, { emergencyReason: 'The river rises', emergencyBy: desk.admin.email });
    const reworded = { emergencyReason: 'Something else' };
    t.equal((await desk.request('PATCH', `/api/campaigns/${flood.id}`, { token, body: reworded })).status, 403);
    t.equal((await desk.request('PATCH', `/api/campaigns/${flood.id}`, { token, body: { priority: 9 } })).status, 200);
    t.match(await call('PATCH', `/api/campaigns/${flood.id}`, { contentClass: 'informational' }), {
      body: { campaign: { emergencyReason: null, emergencyBy: null } },
    });
  });

  await t.test('a change says what was and what is; an old version is refused', async t => {
    const { id, version } = await make();
    const changed = await call('PATCH', `/api/campaigns/${id}`, { pace: { callsPerSecond: 2 }, priority: 3, version });
    t.match(changed, {
      status: 200,
      body: { campaign: { pace: { callsPerSecond: 2, maxConcurrent: 20 }, priority: 3 } },
    });
    t.match(await call('PATCH', `/api/campaigns/${id}`, { priority: 4, version }), {
      status: 409,
      body: { error: { code: 'VERSION_CONFLICT' } },
    });
    const [entry] = (await call('GET', `/api/campaigns/${id}/events`)).body.items;
    t.match(entry, {
      type: 'campaign.edited',
      by: desk.admin.email,
      text: 'Changed: priority, pace.',
      data: {
        changes: { priority: { from: 0, to: 3 }, pace: { from: { callsPerSecond: 1 }, to: { callsPerSecond: 2 } } },
      },
    });
    t.equal(
      (await call('PATCH', `/api/campaigns/${id}`, { priority: 3 })).body.campaign.version,
      changed.body.campaign.version,
    );
    const many = await Promise.all([1, 2, 3, 4].map(priority => call('PATCH', `/api/campaigns/${id}`, { priority })));
    t.same(
      many.map(each => each.status),
      [200, 200, 200, 200],
      'without a version everybody is served, one after the other',
    );
    const entries = (await call('GET', `/api/campaigns/${id}/events?type=campaign.edited`)).body.items;
    t.ok(entries.length >= 4, 'and the log has them all');
  });

  await t.test('it is run by the table, and every move stands in its log', async t => {
    const { id } = await make();
    await add(id, '+12125550100');
    const move = (name: string, body?: unknown) => call('POST', `/api/campaigns/${id}/${name}`, body);
    t.match(await move('pause'), {
      status: 409,
      body: { error: { code: 'CAMPAIGN_STATE', details: { state: 'idle' } } },
    });
    t.match(await move('start'), { status: 202, body: { campaign: { id } } });
    await until('running', async () => (await state(id)) === 'running');
    t.equal((await move('start')).status, 409);
    t.equal((await call('DELETE', `/api/campaigns/${id}`)).status, 409);
    t.equal((await move('pause', { when: 'some day' })).status, 400);
    t.equal((await move('pause', { when: 'after-calls' })).status, 202);
    await until('paused', async () => (await state(id)) === 'paused');
    t.equal((await move('resume')).status, 202);
    await until('running', async () => (await state(id)) === 'running');
    t.ok(await desk.app.campaigns.fail(id, { code: 'CARRIER_CREDENTIALS_REFUSED', message: 'The token is wrong' }));
    t.match((await call('GET', `/api/campaigns/${id}`)).body.campaign, {
      state: 'error',
      cause: { code: 'CARRIER_CREDENTIALS_REFUSED', message: 'The token is wrong' },
    });
    t.notOk(await desk.app.campaigns.fail(id, { code: 'X', message: 'late' }), 'a late failure changes nothing');
    t.equal((await move('resume')).status, 202);
    t.match(await move('stop'), { status: 202, body: { campaign: { state: 'stopped', cause: null } } });
    t.equal((await move('resume')).status, 409);
    t.match(await call('PATCH', `/api/campaigns/${id}`, { priority: 1 }), { status: 409 });
    const entries = (await call('GET', `/api/campaigns/${id}/events?sort=seq&type=campaign.moved`)).body.items;
    const moves = entries.map((each: { data: { move: string; to: string }; by: string }) => [
      each.data.move,
      each.data.to,
      each.by,
    ]);
    const who = desk.admin.email;
    t.same(moves.slice(0, 6), [
      ['start', 'starting', who],
      ['started', 'running', 'system'],
      ['pause', 'pausing', who],
      ['paused', 'paused', 'system'],
      ['resume', 'resuming', who],
      ['resumed', 'running', 'system'],
    ]);
    t.same(moves[6], ['fail', 'error', 'system']);
    t.same(moves.at(-1), ['stop', 'stopped', who]);

    t.match(await call('DELETE', `/api/campaigns/${id}`), { status: 200, body: { deleted: true } });
    t.equal((await call('GET', `/api/campaigns/${id}`)).status, 404);
    await until('its queue is gone', async () => !(await desk.app.campaigns.people.hasAnybody(id)));
  });

  await t.test('of many who ask at once one moves it, and the others are told', async t => {
    const { id } = await make();
    await add(id, '+12125550101');
    const answers = await Promise.all(Array.from({ length: 6 }, () => call('POST', `/api/campaigns/${id}/start`)));
    t.same(answers.map(each => each.status).sort(), [202, 409, 409, 409, 409, 409]);
    await until('running', async () => (await state(id)) === 'running');
    const moves = async () => (await call('GET', `/api/campaigns/${id}/events?type=campaign.moved`)).body.items;
    await until('both are in the log', async () => (await moves()).length >= 2);
    t.equal((await moves()).length, 2, 'start and started, once each');
    await call('POST', `/api/campaigns/${id}/stop`);
  });
});
