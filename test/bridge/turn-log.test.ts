import t from 'tap';
import type { CallJournal, SpokenTurn } from '../../src/bridge/bridge.types.ts';
import { PlaybackLedger } from '../../src/bridge/playback-ledger.ts';
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

t.test('what an agent says no faster than it is heard is written when words change, and once it ends', async t => {
  const turns: SpokenTurn[] = [];
  const journal = { turn: (_callId: string, _place: number, said: SpokenTurn) => void turns.push(said) };
  const log = new TurnLog('call', journal as unknown as CallJournal, 0);
  const ledger = new PlaybackLedger();
  const text = 'one two three four five six seven eight';
  ledger.addText(1, text);
  let mark = '';
  for (let now = 0; now < 3_000; now += 20) {
    ledger.addAudio(1, 160, now);
    if (mark) ledger.reach(mark, now);
    mark = ledger.addMark();
    if (now % 500 === 480) log.agentHeard(ledger.takeNews(now + 10), now + 10, ledger.drained);
  }
  t.same(
    turns.map(each => [each.text, each.heardText]),
    [[text, undefined]],
    'told once while it goes on',
  );
  ledger.reach(mark, 3_010);
  log.agentHeard(ledger.takeNews(3_010), 3_010, ledger.drained);
  t.equal(turns.length, 2);
  t.match(turns[1], { text, endMs: 3_000, interrupted: false });
  log.agentHeard(ledger.takeNews(3_500), 3_500, ledger.drained);
  t.equal(turns.length, 2, 'and not again');
});

t.test('an answer that another one follows is written with its end', async t => {
  const turns = new Map<number, SpokenTurn>();
  const journal = { turn: (_callId: string, place: number, said: SpokenTurn) => void turns.set(place, said) };
  const log = new TurnLog('call', journal as unknown as CallJournal, 0);
  const ledger = new PlaybackLedger();
  for (const [id, said] of [
    [1, 'one two'],
    [2, 'three four'],
  ] as const) {
    ledger.addText(id, said);
    for (let part = 0; part < 50; part += 1) {
      const now = (id - 1) * 1_000 + part * 20;
      ledger.addAudio(id, 160, now);
      if (part === 5) log.agentHeard(ledger.takeNews(now), now, ledger.drained);
    }
    ledger.reach(ledger.addMark(), id * 1_000);
  }
  ledger.addAudio(2, 160, 2_000);
  log.agentHeard(ledger.takeNews(2_005), 2_005, ledger.drained);
  t.match(turns.get(0), { text: 'one two', endMs: 1_000 });
});
