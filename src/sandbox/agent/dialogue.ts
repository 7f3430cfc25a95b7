import type { Clip } from '../audio/clip-library.ts';
import type { Agent, AgentLine, Person, Scenario } from '../scenarios/scenario.ts';

/** What a caller did: said clips, pressed keys, or something no scenario knows. */
export type Utterance = { clips: readonly Clip[] } | { digits: string } | { text: string };

export interface Dialogue {
  /** The agent's lines after this; none when the caller is expected to go on. */
  heard(utterance: Utterance): readonly AgentLine[];
  /** Nobody has said anything for a while. */
  silence(): readonly AgentLine[];
  /** How people answer the telephone: it does not interrupt the agent. */
  isGreeting(clip: Clip): boolean;
  /** Who it probably is, once only one person is left. */
  readonly person: string | undefined;
}

const mostMisunderstandings = 3;
const mostSilences = 2;

/**
 * Follows the scripts of an agent's people: what the caller says tells who it is and where in the script they are. `known` narrows
 * the people before the first word, for instance by a name among the dynamic variables.
 */
export function createDialogue(
  scenario: Scenario,
  agent: Agent,
  opening: AgentLine,
  { known, givesUp }: { known: readonly unknown[]; givesUp: boolean },
): Dialogue {
  const all = scenario.people.filter(person => person.agent === agent.id);
  const named = all.filter(person =>
    [person.name, person.number, person.id].some(each => each && known.includes(each)),
  );
  let people: readonly Person[] = named.length ? named : all;
  let position = 0;
  let misunderstandings = 0;
  let silences = 0;
  const greetings = new Set(scenario.people.flatMap(person => (person.greeting ? [person.greeting.id] : [])));
  const line = (clip: Clip, endsCall = false): AgentLine => ({ clip, tools: [], endsCall });
  const lost = (times: number, most: number): AgentLine[] =>
    givesUp && times > most ? [line(agent.farewellClip, true)] : [line(agent.otherwiseClip)];

  const findStep = (utterance: Utterance): { person: Person; index: number } | undefined => {
    const fits = (person: Person, index: number) => {
      const entry = person.dialogue[index]!;
      if (entry.who !== 'person') return false;
      const { action } = entry.step;
      if ('clips' in utterance) return action.kind === 'say' && utterance.clips.includes(action.clip);
      if ('digits' in utterance) return action.kind === 'press' && action.digits.endsWith(utterance.digits);
      return action.kind === 'say' && sameWords(action.clip.text, utterance.text);
    };
    // Later steps of those it may be, then any step of anybody: people repeat themselves, and the first guess may be wrong.
    for (const [group, from] of [
      [people, position],
      [people, 0],
      [all, 0],
    ] as const) {
      for (const person of group) {
        for (let index = from; index < person.dialogue.length; index += 1) {
          if (fits(person, index)) return { person, index };
        }
      }
    }
    return undefined;
  };

  return {
    get person() {
      return people.length === 1 ? people[0]!.id : undefined;
    },
    isGreeting: clip => greetings.has(clip.id),
    heard(utterance) {
      silences = 0;
      const found = findStep(utterance);
      if (found) {
        misunderstandings = 0;
        people = people.filter(person => person === found.person || sharesStep(person, found.person, found.index));
        if (!people.includes(found.person)) people = [found.person];
        position = found.index + 1;
        return linesFrom(found.person, position);
      }
      if ('clips' in utterance && utterance.clips.length > 0) {
        const greets = (person: Person) => !!person.greeting && utterance.clips.includes(person.greeting);
        if (utterance.clips.some(clip => greetings.has(clip.id))) {
          const narrowed = people.filter(greets);
          if (narrowed.length) people = narrowed;
          return [];
        }
        // A machine's announcement: what the script has for it, or the first message once more, because nobody heard it.
        const machines = all.filter(each => each.announcementClip && utterance.clips.includes(each.announcementClip));
        if (machines.length) {
          const message = machines.map(each => linesFrom(each, 1)).find(lines => lines.length > 0);
          return message ?? [opening];
        }
      }
      misunderstandings += 1;
      return lost(misunderstandings, mostMisunderstandings);
    },
    silence() {
      silences += 1;
      return lost(silences, mostSilences);
    },
  };
}

function linesFrom(person: Person, from: number): AgentLine[] {
  const lines: AgentLine[] = [];
  for (let index = from; index < person.dialogue.length; index += 1) {
    const entry = person.dialogue[index]!;
    if (entry.who !== 'agent') break;
    lines.push(entry.line);
  }
  return lines;
}

function sharesStep(person: Person, other: Person, index: number): boolean {
  const mine = person.dialogue[index];
  const theirs = other.dialogue[index];
  if (mine?.who !== 'person' || theirs?.who !== 'person') return false;
  const [a, b] = [mine.step.action, theirs.step.action];
  return a.kind === 'say' && b.kind === 'say' ? a.clip === b.clip : false;
}

const sameWords = (a: string, b: string) => plain(a) === plain(b);
const plain = (text: string) =>
  text
    .toLowerCase()
    .replace(/[^\p{L}\p{N} ]/gu, '')
    .replace(/\s+/g, ' ')
    .trim();
