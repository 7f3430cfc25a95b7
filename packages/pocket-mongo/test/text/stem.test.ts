import { test } from 'tap';
import { stemEnglish } from '../../src/text/stem.ts';

const families = [
  ['call', 'calls', 'called', 'calling'],
  ['happi', 'happy', 'happiness'],
  ['appoint', 'appointment', 'appointments', 'appointed'],
  ['schedul', 'schedule', 'scheduled', 'scheduling', 'schedules'],
  ['hop', 'hop', 'hopping', 'hopped'],
  ['hope', 'hope', 'hoping', 'hoped'],
  ['question', 'question', 'questions', 'questioning'],
  ['electr', 'electric', 'electricity'],
  ['cancel', 'cancel', 'cancelling', 'cancelled'],
  ['relat', 'relate', 'related', 'relational'],
  ['die', 'dies', 'dying', 'die'],
  ['fli', 'fly', 'flies'],
  ['agre', 'agree', 'agreed'],
  ['custom', 'customs', 'customize'],
  ['sky', 'sky', 'skies'],
  ['gas', 'gas'],
  ['is', 'is'],
];

for (const [stem, ...words] of families) {
  test(`${words.join(', ')} meet in ${stem}`, async t => {
    for (const word of words) t.equal(stemEnglish(word), stem, word);
  });
}

test('words of other meaning stay apart', async t => {
  t.not(stemEnglish('news'), stemEnglish('new'));
  t.not(stemEnglish('hop'), stemEnglish('hope'));
});
