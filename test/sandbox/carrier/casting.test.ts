import { test } from 'tap';
import { tone } from '../../../src/sandbox/audio/audio-frame.ts';
import { wavFile } from '../../../src/sandbox/carrier/wav-file.ts';
import { startCarrierWithProduct } from '../../helpers/carrier-client.ts';

const scenario = `
name: casting
people:
  - { id: listener, name: Listener, answer: human, rings: 1 }
  - { id: owner, name: Owner, number: "+13125550177", answer: busy }
  - { id: heavy, name: Heavy, answer: busy }
  - { id: light, name: Light, answer: invalid }
  - { id: spring, name: Spring, answer: rejected }
  - id: unlucky
    name: Unlucky
    answer: human
    rings: 1
    faults: [{ kind: callback-doubled, event: completed }]
weights: { heavy: 3, light: 1 }
campaigns:
  - { name: spring, urlContains: campaign=spring, weights: { spring: 1 } }
  - { name: by caller id, from: "+16175550110", weights: { listener: 1 } }
`;
const silence = '<Response/>';

test('who answers depends on wishes, numbers, campaigns and weights, in this order', async t => {
  const { carrier, call, origin } = await startCarrierWithProduct(t, { scenario, scale: 100 });
  const answeredBy = async (options: Parameters<typeof call>[0]) => {
    const { sid } = await call(options);
    await carrier.control.idle();
    return carrier.control.call(sid)!.person;
  };
  t.equal(await answeredBy({ to: '+13125550177', twiml: silence }), 'owner');
  carrier.control.answerNext('listener', '+13125550177');
  t.equal(await answeredBy({ to: '+13125550177', twiml: silence }), 'listener', 'a wish holds for one call');
  t.equal(await answeredBy({ to: '+13125550177', twiml: silence }), 'owner');
  const spring = { twiml: silence, statusCallback: `${origin}/status?campaign=spring` };
  t.equal(await answeredBy({ to: '+13125550101', ...spring }), 'spring');
  t.equal(await answeredBy({ to: '+13125550177', ...spring }), 'owner', 'a number of their own comes first');
  t.equal(await answeredBy({ to: '+13125550101', from: '+16175550110', twiml: silence }), 'listener');
  carrier.control.assign('+13125550150', 'light');
  t.equal(await answeredBy({ to: '+13125550150', twiml: silence }), 'light');

  const counts: Record<string, number> = {};
  for (let last = 10; last < 50; last += 1) {
    const person = await answeredBy({ to: `+14155550${100 + last}`, twiml: silence });
    counts[person!] = (counts[person!] ?? 0) + 1;
  }
  t.ok(counts['heavy']! > counts['light']! && counts['light']! > 0, JSON.stringify(counts));
  const [again, twice] = [
    await answeredBy({ to: '+14155550111', twiml: silence }),
    await answeredBy({ to: '+14155550111', twiml: silence }),
  ];
  t.equal(again, twice, 'a second call finds the same person');
});

test('the faults of a person strike their own call', async t => {
  const { product, carrier, call, origin } = await startCarrierWithProduct(t, { scenario });
  carrier.control.answerNext('unlucky');
  await call({ twiml: silence, statusCallback: `${origin}/status` });
  await carrier.control.idle();
  t.equal(product.hooks.length, 2);
});

test('a WAV file is played to the person, and fetching it is signed', async t => {
  const { product, carrier, call, origin } = await startCarrierWithProduct(t, { scenario });
  const file = wavFile([Buffer.concat(tone(500, 1_000, 'speech').map(frame => frame.bytes))]);
  product.answers['/music.wav'] = { type: 'audio/wav', body: file };
  carrier.control.answerNext('listener');
  const { sid } = await call({ twiml: `<Response><Play loop="2">${origin}/music.wav</Play></Response>` });
  t.match(await product.hook('/music.wav'), { method: 'GET', signed: true });
  await carrier.control.reached(sid, 'completed');
  const { answeredAt, endedAt } = carrier.control.call(sid)!;
  t.ok(endedAt! - answeredAt! >= 1_900, 'both rounds were heard');
});
