import { test } from 'tap';
import { type Disclosure, readDisclosure } from '../../src/compliance/spoken-disclosure.ts';

const sellers = ['Acme Solar LLC'];
const rules = { sellers, recorded: true, wayOut: true };

test('a message that says it all misses nothing, in several languages', t => {
  for (const message of [
    'Hello, this is an automated AI assistant calling for Acme Solar. This call is recorded. To stop calls, say stop or press 9.',
    'Hi, I’m Nova, an artificial intelligence from ACME SOLAR LLC. We record this call; press 9 to opt out.',
    'Guten Tag, hier ist die KI-Assistentin von Acme Solar. Das Gespräch wird aufgezeichnet. Drücken Sie die 9.',
    'Bonjour, je suis une intelligence artificielle d’Acme Solar. Cet appel est enregistré. Appuyez sur le 9.',
    'Hola, soy la inteligencia artificial de Acme Solar. Esta llamada se graba. Pulse 9 para no recibir más.',
    'Olá, sou uma inteligência artificial da Acme Solar. A chamada é gravada. Pressione 9.',
    'Buongiorno, sono un’intelligenza artificiale di Acme Solar. La chiamata è registrata. Prema 9.',
    'Hallo, u spreekt met een AI van Acme Solar. Dit gesprek wordt opgenomen. Druk op 9.',
  ]) {
    t.same(readDisclosure(message, rules).missing, [], message);
  }
  t.end();
});

test('what is missing is named', t => {
  const rows: [message: string | null, missing: Disclosure[]][] = [
    [null, ['seller', 'ai']],
    ['', ['seller', 'ai']],
    ['Hello, how are you today?', ['seller', 'ai']],
    ['Hello, this is Nova from Acme Solar.', ['ai']],
    ['Hello, this is Nova, an AI assistant.', ['seller']],
    ['Hello, this is Nova, an AI assistant of {{ company_name }}.', []],
    ['Hello, this is Nova, an AI assistant of {{caller_name}}.', ['seller']],
    ['I am a virtual assistant from Acme Solar.', ['ai']],
    ['I am the digital assistant of Acme Solar.', ['ai']],
    ['This is Acme Solar. I am not a robot.', ['ai']],
    ["This is Acme Solar. I'm not an AI, I am Nova.", ['ai']],
    ['Ich bin keine KI, ich bin Nova von Acme Solar.', ['ai']],
    ['This is Aimee from Acme Solar; said again, said twice.', ['ai']],
    ['This is Acme Solar’s robot.', []],
    ['This is Acme Solaris, an AI.', ['seller']],
    ['Maria aiuta Acme Solar; ai clienti piace.', ['ai']],
    ['I am an A.I. with Acme Solar.', []],
    ['Je suis une IA d’Acme Solar.', []],
  ];
  for (const [message, missing] of rows) t.same(readDisclosure(message, { sellers }).missing, missing, String(message));
  t.end();
});

test('names are compared as they are spoken', t => {
  const named = (message: string, ...names: string[]) =>
    readDisclosure(`${message} I am an AI.`, { sellers: names }).missing.length === 0;
  t.ok(named('This is Müller und Söhne.', 'Müller & Söhne GmbH') === false, 'another word for & is another name');
  t.ok(named('This is Muller and Sohne.', 'Müller & Söhne GmbH'));
  t.ok(named("Here is Joe's Pizza.", 'Joe’s Pizza, Inc.'));
  t.ok(named('Here is Joe´s Pizza.', 'Joe’s Pizza'));
  t.notOk(named('This is us.', ''), 'no name is never named');
  t.notOk(named('This is the company.', 'Co.'));
  t.end();
});

test('long and odd texts are read in no time', t => {
  const began = process.cpuUsage();
  readDisclosure('not '.repeat(100_000), rules);
  readDisclosure('a'.repeat(1_000_000), rules);
  readDisclosure(`${'no a b '.repeat(700)} AI `.repeat(50), rules);
  // What runs long here, runs for hours.
  t.ok(process.cpuUsage(began).user < 10e6);
  t.end();
});
