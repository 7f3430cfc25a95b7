import t from 'tap';
import type { CallJournal, SpokenTurn } from '../../src/bridge/bridge.types.ts';
import { TurnLog } from '../../src/bridge/turn-log.ts';

const turn = (text: string): SpokenTurn => ({ role: 'caller', text, startMs: 0, endMs: 500, interrupted: false });

function journalOf(places: Map<number, string>): CallJournal {
  return {
    turn: (_callId: string, place: number, { text }: SpokenTurn) => void places.set(place, text),
    event: () => undefined,
    note: () => undefined,
  } as unknown as CallJournal;
}

t.test('a resumed conversation goes on behind what is written, and behind what may still be', async t => {
  const written = new Map<number, string>();
  const log = new TurnLog('call', journalOf(written), 0, { turns: [turn('one'), turn('three')], places: 3 });
  log.callerSaid('four, or', false, 2_000, 2_200);
  log.callerSaid('four', true, 2_000, 2_500);
  log.callerSaid('five', true, 3_000, 3_500);
  t.same([...written.values()], ['four', 'five']);
  const [first, second] = [...written.keys()] as [number, number];
  t.equal(second, first + 1, 'without holes between its own');
  t.ok(first >= 3 + 16, `the turns of the process before find room below ${first}`);
  t.equal(log.asText(), 'Caller: one\nCaller: three\nCaller: four\nCaller: five');
});

t.test('without a past the first turn is the first place', async t => {
  const written = new Map<number, string>();
  new TurnLog('call', journalOf(written), 0).callerSaid('one', true, 0, 500);
  t.same([...written], [[0, 'one']]);
});
