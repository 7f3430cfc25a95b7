import t from 'tap';
import { createSpeechDetector } from '../../src/audio/speech-detector.ts';
import { levelOfMulaw } from '../../src/audio/speech-level.ts';
import { loadAnnouncement } from '../../src/bridge/announcement.ts';

t.test('the apology is a spoken sentence of a few seconds in whole frames', async t => {
  const { bytes, durationMs, text } = loadAnnouncement('apology');
  t.equal(bytes.length % 160, 0);
  t.ok(durationMs > 3_000 && durationMs < 8_000);
  t.match(text, /sorry.*Goodbye\.$/);
  const detector = createSpeechDetector();
  let spokenMs = 0;
  for (let at = 0; at < bytes.length; at += 160) {
    detector.push(levelOfMulaw(bytes.subarray(at, at + 160)));
    if (detector.speaking) spokenMs += 20;
  }
  t.ok(spokenMs > 0.6 * durationMs, `${spokenMs} of ${durationMs} ms are speech`);
});
