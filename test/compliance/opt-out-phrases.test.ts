import t from 'tap';
import { isYes, optOutIn } from '../../src/compliance/opt-out-phrases.ts';

const hard: Record<'en' | 'es', string[]> = {
  en: [
    'could you please stop calling me',
    'Take this number off your list.',
    'I told you people not to call me anymore',
    'quit calling',
    "don't ever call here again",
    'Don’t ever call here again!',
    'put me on your do not call list',
    'Stop.',
    'please stop',
    'No more calls ever',
    'remove me from your database',
    'I want to opt out',
    'You have the wrong number',
    "I'm not interested, don't call",
    'lose my number',
    "don't call me before noon, and take me off your list",
    'I revoke my consent',
  ],
  es: [
    'No me llamen más',
    'por favor, no me vuelva a llamar',
    'deje de llamarme',
    '¡Ya no me llamen!',
    'No quiero recibir más llamadas',
    'Quíteme de su lista',
    'bórreme de la base de datos',
    'Número equivocado',
    'quiero darme de baja',
    '¡Basta!',
    'póngame en la lista de no llamar',
  ],
};
const soft = [
  "don't call me before noon",
  'do not call me today, call tomorrow',
  'Stop calling me at work',
  'no me llame hoy, llámeme el lunes',
];
const neither = [
  "don't stop",
  "please don't stop, call me back tomorrow",
  "I'll call you back",
  'stop by the office',
  'can you call me back tomorrow',
  "please don't hang up",
  'I will stop by and call you',
  "why don't you call me back",
  'not interested',
  'get me off the phone',
  'can you remove the second item from the order',
  'the call ended',
  'puede llamarme mañana',
  'no cuelgue, por favor',
  'me llamo Ana y no tengo prisa',
  'quiero quitar el segundo artículo',
  '',
  '...',
];

t.test('who wants no more calls is understood in English and Spanish', async t => {
  for (const [language, texts] of Object.entries(hard))
    for (const text of texts) t.same(optOutIn(text), { strength: 'hard', language }, text);
});

t.test('who names a time is asked first', async t => {
  for (const text of soft) t.match(optOutIn(text), { strength: 'soft' }, text);
});

t.test('what only sounds like it is let be', async t => {
  for (const text of neither) t.equal(optOutIn(text), null, text);
});

t.test('a yes is a yes', async t => {
  for (const text of ['Yes, all of them.', 'sí', 'Claro que sí']) t.ok(isYes(text), text);
  for (const text of ['no', 'just today', 'yesterday', 'siempre no', '']) t.notOk(isYes(text), text);
});

t.test('no text makes it run long', async t => {
  const began = process.cpuUsage();
  for (const piece of ['stop ', 'dont ever ', 'remove me ', 'quite ', 'a'.repeat(50)]) optOutIn(piece.repeat(20_000));
  // What runs long here, runs for hours.
  t.ok(process.cpuUsage(began).user < 10e6);
});
