import { type Clip, createClip, createClipLibrary } from '../../../src/sandbox/audio/clip-library.ts';
import { parseScenario, type Scenario } from '../../../src/sandbox/scenarios/scenario.ts';

export const talker = 'talker';
const voices = { person: 'person', agent: 'agent' } as const;

/** Somebody who talks with the agent for as many exchanges as are asked for; every sentence is said once, and so has its place. */
export function longTalk(exchanges: number): Scenario {
  const numbers = Array.from({ length: exchanges }, (_, number) => number + 1);
  const spoken = (text: string, seconds: number, voice: string) => noise(text, seconds, voice);
  const clips = createClipLibrary([
    spoken('Good morning.', 1, voices.agent),
    spoken('Pardon?', 1, voices.agent),
    spoken('Goodbye.', 1, voices.agent),
    spoken('Hello.', 0.6, voices.person),
    ...numbers.flatMap(number => [
      spoken(`Question ${number}.`, 0.8, voices.person),
      spoken(`Answer ${number}.`, 1.2, voices.agent),
    ]),
  ]);
  const script = numbers.flatMap(number => [{ says: `Question ${number}.` }, { agent: `Answer ${number}.` }]);
  const file = {
    name: 'a long talk',
    agents: [
      {
        ...{ id: 'counsel', name: 'Counsel', voice: voices.agent },
        ...{ firstMessage: 'Good morning.', otherwise: 'Pardon?', farewell: 'Goodbye.' },
      },
    ],
    people: [{ id: talker, name: 'Talker', voice: voices.person, answer: 'human', rings: 1, greets: 'Hello.' }].map(
      person => ({ ...person, agent: 'counsel', script }),
    ),
  };
  return parseScenario(JSON.stringify(file), clips);
}

/** Noise that differs in every frame: as good as speech to a detector, and unmistakable to a recogniser. */
function noise(text: string, seconds: number, voice: string): Clip {
  const bytes = Buffer.alloc(Math.round(seconds * 50) * 160);
  let state = [...text].reduce((sum, letter) => Math.imul(sum, 33) + letter.charCodeAt(0), 5) >>> 0;
  for (let at = 0; at < bytes.length; at += 1) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    bytes[at] = (state >>> 24) & 0xbf; // both signs, never quiet
  }
  return createClip({ id: text, text, voice }, bytes);
}
