import t from 'tap';
import {
  amountOf,
  type CostFacts,
  converted,
  costOf,
  estimatedParts,
  microsOf,
  type PriceTable,
} from '../../src/calls/cost-protocol.ts';

const usd = (amount: string) => ({ amount, currency: 'USD' });
const table: PriceTable = {
  currency: 'USD',
  rates: { EUR: '1.08', JPY: '0.0066' },
  carrier: {
    '+1': usd('0.014'),
    '+1900': usd('1.5'),
    '+44': usd('0.0158'),
    inbound: usd('0.0085'),
    other: usd('0.05'),
  },
  engine: { elevenlabs: usd('0.08') },
  amd: usd('0.0075'),
  recording: usd('0.0025'),
};
const facts: CostFacts = {
  direction: 'outbound',
  to: '+12125550142',
  answered: true,
  seconds: 61,
  amd: true,
  recorded: true,
  engine: 'elevenlabs',
};

t.test('amounts are exact, whatever binary fractions would make of them', async t => {
  t.equal(microsOf('0.1')! + microsOf('0.2')!, microsOf('0.3'));
  t.equal(amountOf(10_000 * microsOf('0.0085')!), '85.00');
  for (const [text, micros] of [
    ['0', 0],
    ['12', 12_000_000],
    ['-0.01300', -13_000],
    ['0.0000005', 1],
    ['0.00000049', 0],
    ['-0.0000005', -1],
    ['1.9999999', 2_000_000],
    ['999999999.999999', 999_999_999_999_999],
  ] as const) {
    t.equal(microsOf(text), micros, text);
  }
  for (const wrong of ['', '1e5', '.5', '1.', 'NaN', '1,5', '--1', ' 1', '9999999999'])
    t.equal(microsOf(wrong), null, wrong);
  t.same([0, 1, 13_000, -13_000, 41_300, 1_500_000].map(amountOf), [
    '0.00',
    '0.000001',
    '0.013',
    '-0.013',
    '0.0413',
    '1.50',
  ]);
});

t.test('what a call did is priced from the table, minute by begun minute, agents by the second', async t => {
  t.same(
    estimatedParts(facts, table).map(({ part, micros, estimated }) => [part, amountOf(micros), estimated]),
    [
      ['carrier', '0.028', true],
      ['amd', '0.0075', true],
      ['recording', '0.005', true],
      ['engine', '0.081333', true],
    ],
  );
  const carrier = (more: Partial<CostFacts>, prices = table) =>
    estimatedParts({ ...facts, seconds: 1, ...more }, prices).find(({ part }) => part === 'carrier')?.micros;
  t.equal(carrier({ to: '+19005550100' }), 1_500_000, 'the longest beginning counts');
  t.equal(carrier({ to: '+442079460100' }), 15_800);
  t.equal(carrier({ to: '+4930555010' }), 50_000, 'else the rest');
  t.equal(carrier({ direction: 'inbound' }), 8_500);
  t.equal(carrier({ to: '+4930555010' }, { ...table, carrier: {} }), undefined, 'what has no price has no part');
  const legs = [
    { to: '+442079460100', seconds: 61 },
    { to: '+442079460100', seconds: 3 },
  ];
  const onward = estimatedParts({ ...facts, legs }, table);
  t.match(onward[1], { part: 'transfer', micros: 47_400, estimated: true }, 'each leg, and each of its minutes');
  t.same(estimatedParts({ ...facts, answered: false }, table), []);
  t.same(
    estimatedParts({ ...facts, amd: false, recorded: false, engine: null }, table).map(({ part }) => part),
    ['carrier'],
  );
});

t.test('another currency is added through its rate alone', async t => {
  t.equal(converted(1_000_000, 'EUR', table), 1_080_000);
  t.equal(converted(-1_000_000, 'EUR', table), -1_080_000);
  t.equal(converted(100_000_000, 'JPY', table), 660_000);
  t.equal(converted(1, 'CHF', table), null);
  const part = (micros: number, currency: string) => ({ part: 'carrier' as const, micros, currency, estimated: false });
  t.match(costOf([part(10_000, 'USD'), part(10_000, 'EUR')], table), { micros: 20_800, estimated: false, missing: [] });
  t.match(costOf([part(10_000, 'USD'), part(10_000, 'CHF')], table), { micros: 10_000, missing: ['CHF'] });
  t.match(costOf([], table), { micros: 0, currency: 'USD', estimated: false });
});
