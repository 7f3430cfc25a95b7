import { test } from 'tap';
import type { CampaignEventAdded, CampaignProgress, CampaignStatus } from '../../src/live/live-contract.ts';
import { startApp } from '../helpers/app.ts';
import { ask, connect, connected, next } from './site.ts';

test('a campaign is told to those who watch it and may, from what it is now on', async t => {
  const { app, url, signIn, call } = await startApp(t);
  const token = await signIn();
  const made = await call('POST', '/api/campaigns', {
    token,
    body: { name: 'Spring reminders', contentClass: 'informational' },
  });
  t.equal(made.status, 201, JSON.stringify(made.body));
  const { id } = made.body.campaign;
  const watcher = await connected(connect(t, url, { token }));
  const other = await connected(connect(t, url, { token }));
  const strangers: unknown[] = [];
  for (const name of ['campaign:status', 'campaign:progress', 'campaign:event'])
    other.on(name, event => strangers.push(event));

  const answer = await ask(watcher, 'campaign:watch', { id });
  t.match(answer, { ok: true, campaign: { id, name: 'Spring reminders', state: 'idle', version: Number } });
  t.match(await ask(watcher, 'campaign:watch', { id: '6740a1b2c3d4e5f60718293a' }), {
    error: { code: 'CAMPAIGN_NOT_FOUND' },
  });
  t.match(await ask(watcher, 'campaign:watch', { sid: id }), { error: { code: 'VALIDATION_FAILED' } });

  const status = next<CampaignStatus>(watcher, 'campaign:status');
  const noted = next<CampaignEventAdded>(watcher, 'campaign:event');
  const changed = await call('PATCH', `/api/campaigns/${id}`, { token, body: { name: 'Summer reminders' } });
  t.equal(changed.status, 200, JSON.stringify(changed.body));
  const told = await status;
  t.match(told, { campaignId: id, at: String, campaign: { name: 'Summer reminders' } });
  t.ok(told.seq > answer.campaign.version, 'newer than what the watch answered');
  t.equal(told.seq, changed.body.campaign.version, 'and the same number as in the API');
  t.match(await noted, { campaignId: id, entry: { seq: Number, type: String } });
  const progress = next<CampaignProgress>(watcher, 'campaign:progress');
  app.operations.events.publish('campaigns.progressed', { campaignId: id, seq: 7, stats: { dialed: 3 } });
  t.match(await progress, { campaignId: id, seq: 7, stats: { dialed: 3 } });

  t.same(await ask(watcher, 'campaign:unwatch', { id }), { ok: true });
  watcher.on('campaign:progress', event => strangers.push(event));
  app.operations.events.publish('campaigns.progressed', { campaignId: id, seq: 8, stats: { dialed: 4 } });
  t.match(await ask(watcher, 'campaign:watch', { id }), { ok: true });
  t.same(strangers, [], 'nobody else is told');
  const { items } = (await call('GET', `/api/audit?targetId=${id}&action=campaign.watch`, { token })).body;
  t.match(items, [{ ip: /127/ }, {}]);

  const key = await call('POST', '/api/api-keys', { token, body: { name: 'wall', scopes: ['calls:read'] } });
  const wall = await connected(connect(t, url, { token: key.body.secret }));
  t.match(await ask(wall, 'campaign:watch', { id }), {
    error: { code: 'FORBIDDEN', details: { permission: 'campaigns:read' } },
  });
});
