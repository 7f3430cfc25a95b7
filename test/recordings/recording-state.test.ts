import t from 'tap';
import { recordingStart, startWithin } from '../../src/recordings/recording-state.ts';

const at = (text: string) => new Date(`2026-11-20T13:30:${text}Z`);

for (const [what, carrier, noticed, expected] of [
  ['noticed within the second the carrier tells: what was noticed', at('05.000'), at('05.420'), at('05.420')],
  ['noticed a little later: the last moment of that second', at('05.000'), at('06.700'), at('05.999')],
  ['noticed a little earlier: its first', at('05.000'), at('04.300'), at('05.000')],
  ['a clock that is far off: the carrier', at('05.000'), at('25.000'), at('05.000')],
  ['nothing noticed', at('05.000'), null, at('05.000')],
  ['nothing told', null, at('05.420'), at('05.420')],
  ['nothing at all', null, null, null],
] as const)
  t.test(`the start of a recording: ${what}`, async t => t.same(recordingStart(carrier, noticed), expected));

t.test('where it begins in the call', async t => {
  t.equal(startWithin(at('03.000'), at('05.420')), 2_420);
  t.equal(startWithin(at('06.000'), at('05.420')), 0, 'never before the call was answered');
  t.equal(startWithin(null, at('05.420')), null);
});
