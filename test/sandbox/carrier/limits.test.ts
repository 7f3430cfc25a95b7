import { test } from 'tap';
import { tone } from '../../../src/sandbox/audio/audio-frame.ts';
import { startCarrierWithProduct } from '../../helpers/carrier-client.ts';
import type { AnyJson } from '../../helpers/trivial-product.ts';

const streaming = '<Response><Connect><Stream url="wss://calls.example.com/media"/></Connect></Response>';
const waiting = '<Response><Pause length="600"/></Response>';
const chunkOf = (message: AnyJson) => Number(message['media']?.chunk ?? 0);

test('a slow network takes nothing from the product for a while, and everything after it', async t => {
  const { product, carrier, call } = await startCarrierWithProduct(t);
  carrier.control.addFault({ kind: 'stream-slow', afterMs: 500, forMs: 4_000 });
  const { sid } = await call({ twiml: streaming });
  const stream = await product.stream();
  const { streamSid } = await stream.message(message => message['event'] === 'start');
  await stream.message(message => chunkOf(message) >= 60);
  stream.send({ event: 'mark', streamSid, mark: { name: 'late' } });
  await stream.message(message => message['mark']?.name === 'late');
  const before = stream.messages.findIndex(message => message['mark']?.name === 'late');
  t.ok(chunkOf(stream.messages[before - 1]!) > 150, 'the caller was heard all the time, the mark came after the pause');
  carrier.control.hangUp(sid);
  await carrier.control.idle();
});

test('whoever sends into a one-way stream is told so', async t => {
  const { product, carrier, call } = await startCarrierWithProduct(t);
  const fork = '<Start><Stream url="wss://calls.example.com/fork"/></Start>';
  const { sid } = await call({ twiml: `<Response>${fork}<Pause length="600"/></Response>` });
  const stream = await product.stream();
  const { streamSid } = await stream.message(message => message['event'] === 'start');
  stream.send({ event: 'media', streamSid, media: { payload: Buffer.alloc(160, 0xff).toString('base64') } });
  t.match(await carrier.provoked('stream-send-not-allowed'), { detail: 'media on a unidirectional stream' });
  carrier.control.hangUp(sid);
  await carrier.control.idle();
});

test('a call ends at its time limit, given at the start or while it runs', async t => {
  const { carrier, client, call } = await startCarrierWithProduct(t);
  const limited = await call({ twiml: waiting, timeLimit: 8 });
  const ended = await carrier.control.reached(limited.sid, 'completed');
  t.ok(ended.notes.includes('the time limit was reached'));
  const spent = (ended.endedAt! - ended.answeredAt!) / 1_000;
  t.ok(spent >= 8 && spent < 12, `${spent} s`);

  const running = await call({ twiml: waiting });
  await carrier.control.reached(running.sid, 'in-progress');
  await client.calls(running.sid).update({ timeLimit: 1 });
  t.ok((await carrier.control.reached(running.sid, 'completed')).notes.includes('the time limit was reached'));
});

for (const [pauseBehavior, missing] of [
  ['skip', true],
  ['silence', false],
] as const) {
  test(`a recording is paused and goes on: ${pauseBehavior}`, async t => {
    const { carrier, client, call, product, origin } = await startCarrierWithProduct(t);
    const { sid } = await call({ twiml: waiting });
    const answered = await carrier.control.reached(sid, 'in-progress');
    const recordings = client.calls(sid).recordings;
    const { sid: recordingSid } = await recordings.create({ recordingStatusCallback: `${origin}/recording` });
    /** Lets so much of the call's own time go by. */
    const passes = async (seconds: number) => {
      await new Promise<void>(resolve => {
        let frames = 0;
        carrier.control.answerNextAt(
          {
            read: () => undefined,
            answered() {},
            write() {
              frames += 1;
              if (frames === seconds * 50) resolve();
            },
          },
          'A clock',
        );
        void call({ twiml: waiting, to: '+13125550143' });
      });
    };
    await passes(4);
    t.equal((await recordings(recordingSid).update({ status: 'paused', pauseBehavior })).status, 'paused');
    await passes(10);
    t.equal((await recordings('Twilio.CURRENT').update({ status: 'in-progress' })).status, 'in-progress');
    await passes(2);
    for (const each of carrier.control.calls()) if (each.state === 'in-progress') carrier.control.hangUp(each.sid);
    const { fields } = await product.hook('/recording');
    await carrier.control.idle();
    const whole = (carrier.control.call(sid)!.endedAt! - answered.answeredAt!) / 1_000;
    const recorded = Number(fields['RecordingDuration']);
    if (missing) t.ok(recorded < whole - 9, `${recorded} s of ${whole} s`);
    else t.ok(Math.abs(recorded - whole) < 4, `${recorded} s of ${whole} s`);
  });
}

test('a product that does not read loses audio, with warning 31930, once', async t => {
  const { product, carrier, call } = await startCarrierWithProduct(t, { scale: 400, recognise: false });
  const voice = tone(400, 20, 'speech')[0]!.bytes;
  const dropped = () => carrier.control.debugger.filter(each => each.code === 31930);
  const lost = new Promise<void>(resolve => {
    carrier.control.answerNextAt(
      {
        read: () => voice,
        answered() {},
        write() {
          if (dropped().length > 0) resolve();
        },
      },
      'A caller who never stops',
    );
  });
  const { sid } = await call({ twiml: streaming });
  const stream = await product.stream();
  stream.socket.pause();
  await lost;
  t.match(dropped(), [{ callSid: sid, detail: /does not keep up/ }]);
  stream.socket.resume();
  carrier.control.hangUp(sid);
  await stream.closed;
  await carrier.control.idle();
  t.equal(dropped().length, 1);
});
