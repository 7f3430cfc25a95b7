import type { Test } from 'tap';
import { startProduct, type TestProduct } from '../helpers/product.ts';

const people = `
name: bad days
numbers:
  - { number: "+12065550111", label: A number nobody told us about }
agents:
  - id: booker
    name: Booker
    voice: agent
    firstMessage: "agent: good morning"
    otherwise: "agent: shall I book it"
    farewell: "agent: thank you"
people:
  - id: buyer
    name: A buyer
    answer: human
    rings: 1
    greets: hello
    agent: booker
    script:
      - says: yes please
      - agent: "agent: shall I book it"
      - says: goodbye
      - agent: "agent: thank you"
        endsCall: true
`;

/** Time can be moved on, for whatever waits for a callback that does not come. */
export async function product(t: Test, options: Partial<Parameters<typeof startProduct>[1]> = {}) {
  const shift = { ms: 0 };
  const started = await startProduct(t, {
    scenario: people,
    now: () => new Date(Date.now() + shift.ms),
    ...options,
  });
  return Object.assign(started, { later: (ms: number) => (shift.ms += ms) });
}

export const conversation = {
  status: 'completed',
  outcome: 'conversation',
  terminationSource: 'elevenlabs',
  terminationReason: 'agent-ended',
};

/** What every day has to end with, whatever it was like. */
export async function nothingIsLeft(t: Test, { app, api, carrier, agent }: TestProduct) {
  await carrier.control.idle();
  await agent.control.idle();
  const open = [...app.websocketServer.clients];
  await Promise.all(open.map(socket => new Promise(closed => void socket.once('close', closed))));
  t.equal(app.sessions.all().length, 0, 'the registry is empty');
  t.same((await api('GET', '/api/admin/sessions')).body.items, []);
  t.same((await api('GET', '/api/calls?active=true')).body.items, [], 'no call is taken to be alive');
  const metrics = String((await api('GET', '/metrics')).body);
  const held = [...metrics.matchAll(/^parley_calls_active\{.*\} (\d+)$/gm)].map(([, count]) => Number(count));
  t.ok(held.length > 0 && held.every(count => count === 0), `places held: ${held.join()}`);
  t.same(
    app.operations.drain.live().filter(work => work.count > 0),
    [],
    'nothing holds the process',
  );
  t.same(tellingLabels(metrics), [], 'labels of metrics come from fixed lists');
}

/** Labels that name a call, a person or a conversation, or are free text: each would be a series of its own for ever. */
const tellingLabels = (metrics: string): string[] =>
  [...metrics.matchAll(/(\w+)="((?:[^"\\]|\\.)*)"/g)]
    .filter(([, , value]) => /\d{7}|[0-9a-f]{16}|\b[A-Z]{2}[0-9a-f]{6}|conv_|\s/.test(value!))
    .map(([label]) => label);

export const typesOf = async (product: TestProduct, id: string) => (await product.events(id)).map(event => event.type);
