import { Types } from 'mongoose';
import t from 'tap';
import { type FilterRules, whitelistedFilter } from '../../src/store/filter-whitelist.ts';

const rules = {
  state: { type: 'string', forms: ['in'], values: ['waiting', 'done'] },
  name: { type: 'string', forms: ['prefix'], path: 'profile.name' },
  createdAt: { type: 'date', forms: ['range'] },
  attempts: { type: 'number', forms: ['range', 'in'] },
  active: { type: 'boolean' },
  campaignId: { type: 'id' },
} as const satisfies FilterRules;

const id = new Types.ObjectId();

t.test('listed fields and forms become conditions', async t => {
  const cases: [wish: Record<string, unknown>, filter: Record<string, unknown>][] = [
    [{}, {}],
    [{ state: undefined }, {}],
    [{ state: 'waiting' }, { state: 'waiting' }],
    [{ state: { in: ['waiting', 'done'] } }, { state: { $in: ['waiting', 'done'] } }],
    [{ name: { prefix: 'An' } }, { 'profile.name': { $gte: 'An', $lte: 'An\u{10ffff}' } }],
    [{ active: 'true' }, { active: true }],
    [{ attempts: '3' }, { attempts: 3 }],
    [{ attempts: { from: 1, to: '2.5' } }, { attempts: { $gte: 1, $lt: 2.5 } }],
    [{ createdAt: { from: '2026-03-01' } }, { createdAt: { $gte: new Date('2026-03-01T00:00:00Z') } }],
    [{ campaignId: id.toHexString() }, { campaignId: id }],
    [{ campaignId: id }, { campaignId: id }],
  ];
  for (const [wish, filter] of cases) t.same(whitelistedFilter(rules, wish), filter, JSON.stringify(wish));
});

t.test('everything else is refused with the name of the field', async t => {
  const hostile = JSON.parse('{"__proto__": {"polluted": true}}');
  const cases: [wish: unknown, field: RegExp][] = [
    [{ state: { $gt: '' } }, /^state: /],
    [{ state: { $ne: null } }, /^state: /],
    [{ state: { in: ['waiting'], $gt: '' } }, /^state: /],
    [{ state: ['waiting'] }, /^state: /],
    [{ state: null }, /^state: .*not null/],
    [{ state: {} }, /^state: /],
    [{ state: 'watiing' }, /^state: must be one of waiting, done/],
    [{ state: { in: ['waiting', { $gt: '' }] } }, /^state\[1\]: /],
    [{ state: { in: 'waiting' } }, /^state: must be a list/],
    [{ state: { in: Array.from({ length: 1_001 }, () => 'done') } }, /^state: must have at most/],
    [{ state: { prefix: 'wa' } }, /^state: /],
    [{ name: { prefix: { $regex: '.*' } } }, /^name\.prefix: /],
    [{ name: { from: 'a' } }, /^name: /],
    [{ name: 'x'.repeat(1_001) }, /^name: /],
    [{ createdAt: { from: { $gt: 0 } } }, /^createdAt\.from: /],
    [{ createdAt: 'yesterday' }, /^createdAt: /],
    [{ createdAt: new Date(Number.NaN) }, /^createdAt: /],
    [{ attempts: Number.NaN }, /^attempts: /],
    [{ attempts: '1e3' }, /^attempts: /],
    [{ attempts: '' }, /^attempts: /],
    [{ active: 'yes' }, /^active: /],
    [{ campaignId: '123' }, /^campaignId: /],
    [{ campaignId: { toHexString: 'x' } }, /^campaignId: /],
    [{ $where: 'sleep(1000)' }, /^\$where: is not a field/],
    [{ $or: [{}] }, /^\$or: /],
    [{ 'state.$gt': '' }, /^state\.\$gt: /],
    [{ constructor: 'x' }, /^constructor: /],
    [{ toString: 'x' }, /^toString: /],
    [hostile, /^__proto__: /],
    [['state'], /^filter: /],
    ['state', /^filter: /],
  ];
  for (const [wish, message] of cases) {
    t.throws(
      () => whitelistedFilter(rules, wish as Record<string, unknown>),
      { code: 'VALIDATION_FAILED', message },
      JSON.stringify(wish),
    );
  }
  t.equal(({} as Record<string, unknown>)['polluted'], undefined);
});
