import type { ClipLibrary } from '../audio/clip-library.ts';
import type { Person, PersonStep } from '../scenarios/scenario.ts';

const talkEveryMs = 7_000;
const callMs = 40_000;

/** Whoever has a number that is assigned to nobody: answers after 2 s, talks about nothing much, hangs up after some 40 s. */
export function createStranger(clips: ClipLibrary): Person {
  const lines = clips.clips.filter(clip => clip.voice === 'stranger');
  const greeting = lines[0] ?? clips.clips[0];
  const talk = lines.length > 1 ? lines.slice(1) : lines;
  const steps: PersonStep[] = [];
  let spentMs = 1_000 + (greeting?.durationMs ?? 0);
  for (let round = 0; talk.length > 0; round += 1) {
    const clip = talk[round % talk.length]!;
    if (spentMs + talkEveryMs + clip.durationMs > callMs) break;
    steps.push({ moment: { kind: 'after', ms: talkEveryMs }, action: { kind: 'say', clip } });
    spentMs += talkEveryMs + clip.durationMs;
  }
  steps.push({ moment: { kind: 'after', ms: Math.max(0, callMs - spentMs) }, action: { kind: 'hang-up' } });
  return {
    id: 'stranger',
    name: 'A stranger',
    answer: 'human',
    faults: [],
    ringsMs: 2_000,
    ...(greeting ? { greeting } : {}),
    steps,
    dialogue: steps.map(step => ({ who: 'person', step })),
  };
}
