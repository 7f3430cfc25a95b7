import { Types } from 'mongoose';
import { type Test, test } from 'tap';
import type { SpokenTurn } from '../../src/bridge/bridge.types.ts';
import { createRecordingStart } from '../../src/calls/recording-start.ts';
import { CarrierError } from '../../src/telephony/carrier-contract.ts';
import { callee, newSid } from '../helpers/call-site.ts';
import { liveCall, policy } from '../helpers/live-call.ts';

const opening: SpokenTurn = {
  role: 'agent',
  text: 'Hello, this is an AI assistant calling for Northwind Dental. This call is recorded.',
  startMs: 300,
  endMs: 4_000,
  interrupted: false,
};

/** A live call whose process wrote down that it asks for a recording, and died. */
async function askedFor(t: Test) {
  const { site, id, sid } = await liveCall(t, { policy: policy(true), recording: 'off' });
  await site.calls.moveRecording(id, ['off'], 'requested');
  const ofCarrier = () => site.app.carrier.recordingsOf(sid);
  return {
    site,
    id,
    sid,
    ofCarrier,
    shown: async () => (await site.calls.findById(id))!,
    hears: () => site.app.callDesk.openingHeard(id, opening, true),
    /** The carrier had begun already, and nothing it tells of it arrives. */
    async begun() {
      site.carrier.control.addFault({ kind: 'callback-lost', to: callee, times: 20 });
      return (await site.app.carrier.startRecording(sid, site.app.carrierAddresses.recordingStatus(id))).sid;
    },
    async end() {
      await site.app.callDesk.end(id, { source: 'elevenlabs', reason: 'agent-ended' });
      await site.carrier.control.reached(sid, 'completed');
    },
  };
}

test('whoever takes over asks where the process before died before it did: once, however often it is heard', async t => {
  const { site, id, ofCarrier, shown, hears } = await askedFor(t);
  t.equal(await site.app.callDesk.openingHeard(id, opening, false), 'said');
  t.same(await Promise.all([hears(), hears(), hears()]), ['said', 'said', 'said']);
  t.equal((await shown()).recording, 'recording');
  t.equal((await ofCarrier()).length, 1);
  await site.counted('recording_starts_total{result="started"}', 1);
});

test('where it died after it had asked, the recording that runs is the call’s', async t => {
  const { site, ofCarrier, shown, hears, begun } = await askedFor(t);
  const recordingSid = await begun();
  t.equal((await shown()).recording, 'requested');
  t.equal(await hears(), 'said');
  t.equal((await shown()).recording, 'recording');
  t.match(await ofCarrier(), [{ sid: recordingSid }], 'no second one');
  t.equal(await site.metric('recording_starts_total{result="started"}'), 0);
});

test('a call that ended while nobody knew whether it was recorded: nothing was', async t => {
  const { site, id, end } = await askedFor(t);
  await end();
  const call = await site.until(id, each => each.recording === 'absent');
  t.ok((await site.typesOf(call, 'recording.absent')).includes('call.ended'));
});

test('… or it was, and what the carrier told of that was lost', async t => {
  const { site, id, ofCarrier, begun } = await askedFor(t);
  const recordingSid = await begun();
  await site.app.callDesk.end(id, { source: 'elevenlabs', reason: 'agent-ended' });
  await site.carrier.control.idle();
  site.carrier.control.clearFaults();
  await site.ask(`/call-status-callback?attempt=${id}`, {
    CallSid: (await ofCarrier())[0]!.callSid!,
    CallStatus: 'completed',
    SequenceNumber: '9',
    Timestamp: new Date().toUTCString(),
  });
  const call = await site.until(id, each => each.recording === 'recording');
  t.ok((await site.typesOf(call, 'recording.recording')).includes('call.ended'));
  t.match(await ofCarrier(), [{ sid: recordingSid }]);
});

test('a process that waits for the carrier leaves the recording to whoever has the call by then', async t => {
  for (const [has, tries] of [
    ['this', 2],
    ['another', 1],
  ] as const) {
    const moved: string[] = [];
    let asked = 0;
    const call = { _id: new Types.ObjectId(), sid: newSid(), recording: 'off', processId: 'this' };
    const start = createRecordingStart({
      calls: {
        findById: async () => ({ ...call, processId: has }),
        moveRecording: async (_id: string, _from: string[], to: string) => {
          moved.push(to);
          return call;
        },
      },
      carrier: {
        async startRecording() {
          asked += 1;
          if (asked === 1) throw new CarrierError('CARRIER_UNAVAILABLE', 'Away', { fault: 'unavailable' });
          return { sid: 'RE1' };
        },
      },
      lifecycle: { changed() {} },
      recordings: { started: async () => undefined },
      eventLog: { add: async () => undefined },
      metrics: { recordings: { inc() {} } },
      now: () => new Date(),
      recordingCallback: () => 'https://calls.example.com/recording-status-callback',
      pausesMs: [1],
    } as never);
    await start.begin(call as never);
    t.equal(asked, tries, has);
    t.same(moved, has === 'this' ? ['requested', 'recording'] : ['requested']);
  }
});
