import { readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { type AgentFault, personFaultProblem } from '../agent/agent-faults.ts';
import { type Clip, type ClipLibrary, createClip, loadClipLibrary } from '../audio/clip-library.ts';
import type { Fault } from '../carrier/fault-board.ts';
import { completeFault } from '../carrier/fault-schema.ts';
import { sandboxDataFolder } from '../data-folder.ts';
import { type LineOf, readScenario, ScenarioError } from './read-scenario.ts';
import type { AgentTurn, ScenarioAgent, ScenarioFile, ScenarioPerson, ScriptLine, ToolUse } from './scenario-schema.ts';

/** When the person takes the next step. */
export type Moment =
  | { kind: 'after'; ms: number }
  | { kind: 'agent-turn'; turn: number | 'next'; patienceMs: number }
  | { kind: 'silence'; ms: number }
  | { kind: 'into-agent-turn'; ms: number; patienceMs: number };

export type PersonAction = { kind: 'say'; clip: Clip } | { kind: 'press'; digits: string } | { kind: 'hang-up' };

export interface PersonStep {
  readonly moment: Moment;
  readonly action: PersonAction;
}

export interface AgentToolUse extends Omit<ToolUse, 'onError'> {
  /** Said instead of the turn's text when the tool answers with an error. */
  readonly onErrorClip?: Clip;
}

/** One turn of the agent in a person's script. */
export interface AgentLine {
  readonly clip: Clip;
  readonly tools: readonly AgentToolUse[];
  readonly endsCall: boolean;
}

/** The conversation in the order it should happen; turn 1 of the agent is its first message. */
export type DialogueLine =
  | { readonly who: 'agent'; readonly line: AgentLine }
  | { readonly who: 'person'; readonly step: PersonStep };

export interface Person
  extends Omit<ScenarioPerson, 'script' | 'greets' | 'announcement' | 'rings' | 'faults' | 'agentFaults'> {
  readonly faults: readonly Fault[];
  /** What goes wrong at the agent's side in every conversation that names this person. */
  readonly agentFaults?: readonly AgentFault[];
  readonly ringsMs: number;
  readonly greeting?: Clip;
  readonly announcementClip?: Clip;
  readonly steps: readonly PersonStep[];
  readonly dialogue: readonly DialogueLine[];
}

export interface Agent extends ScenarioAgent {
  readonly firstClip: Clip;
  readonly otherwiseClip: Clip;
  readonly farewellClip: Clip;
}

/** A scenario with its audio: who answers, and what both sides say. */
export interface Scenario extends Omit<ScenarioFile, 'people' | 'agents' | 'clips'> {
  readonly people: readonly Person[];
  readonly agents: readonly Agent[];
  readonly clips: ClipLibrary;
}

const patienceMs = 15_000;
const firstWordMs = 600;
const betweenStepsMs = 400;

export const demoScenarioFile: string = join(sandboxDataFolder, 'scenarios', 'demo.yaml');
export const clipFolder: string = join(sandboxDataFolder, 'clips');

let shipped: Scenario | undefined;

/**
 * Reads a scenario file with the clips it uses. Throws a `ScenarioError` that lists every problem with its line. The one that is
 * shipped cannot change while the process runs, so both twins share what was read.
 */
export function loadScenario(file: string = demoScenarioFile): Scenario {
  if (file !== demoScenarioFile) return readScenarioFile(file);
  shipped ??= readScenarioFile(file);
  return shipped;
}

function readScenarioFile(file: string): Scenario {
  const text = readFileSync(file, 'utf8');
  const { scenario } = readScenario(text, file);
  const folders = (scenario.clips ?? []).map(folder => resolve(dirname(file), folder));
  return parseScenario(text, loadClipLibrary(clipFolder, ...folders), file);
}

/** The same for text that is already in memory, with a library of clips. */
export function parseScenario(text: string, clips: ClipLibrary, file = 'scenario'): Scenario {
  const { scenario, lineOf } = readScenario(text, file);
  const problems: string[] = [];
  const clipFor = clipFinder(clips, problems, lineOf);
  const { clips: _folders, agents: agentFields = [], people: peopleFields, ...rest } = scenario;
  const agents = agentFields.map((agent, index) => ({
    ...agent,
    firstClip: clipFor(agent.firstMessage, agent.voice, ['agents', index, 'firstMessage']),
    otherwiseClip: clipFor(agent.otherwise, agent.voice, ['agents', index, 'otherwise']),
    farewellClip: clipFor(agent.farewell, agent.voice, ['agents', index, 'farewell']),
  }));
  const people = peopleFields.map((person, index) => compilePerson(person, index, agents, clipFor, problems, lineOf));
  checkReferences(scenario, problems, lineOf);
  if (problems.length) throw new ScenarioError(file, problems);
  return { ...rest, agents, people, clips };
}

type ClipFor = (text: string, voice: string | undefined, path: readonly (string | number)[]) => Clip;

function clipFinder(clips: ClipLibrary, problems: string[], lineOf: LineOf): ClipFor {
  return (text, voice, path) => {
    const clip = clips.get(text) ?? clips.find(text, voice);
    if (clip) return clip;
    problems.push(
      `line ${lineOf(path)}: ${path.join('.')}: no clip says ${JSON.stringify(text.slice(0, 60))}. Use a sentence or an id of a clip ` +
        'manifest, or make the clips of this file with `node scripts/sandbox/make-clips.mjs FILE`',
    );
    return clips.clips[0] as Clip; // never used: the problem above is thrown
  };
}

function compilePerson(
  fields: ScenarioPerson,
  index: number,
  agents: readonly Agent[],
  clipFor: ClipFor,
  problems: string[],
  lineOf: LineOf,
): Person {
  const { script = [], greets, announcement, rings, faults = [], agentFaults = [], ...rest } = fields;
  const path = ['people', index];
  const agent = agents.find(each => each.id === fields.agent);
  if (fields.agent && !agent) {
    problems.push(`line ${lineOf([...path, 'agent'])}: no agent has the id ${fields.agent}`);
  }
  const dialogue: DialogueLine[] = agent
    ? [{ who: 'agent', line: { clip: agent.firstClip, tools: [], endsCall: false } }]
    : [];
  for (const [at, line] of script.entries()) {
    if ('agent' in line) {
      if (!agent)
        problems.push(
          `line ${lineOf([...path, 'script', at])}: the script has agent turns, but the person has no agent`,
        );
      else if (line.agent === '' && !line.tools?.some(tool => tool.name === 'skip_turn'))
        problems.push(`line ${lineOf([...path, 'script', at])}: only a turn with the tool skip_turn may say nothing`);
      else dialogue.push({ who: 'agent', line: compileTurn(line, agent, [...path, 'script', at, 'agent'], clipFor) });
    } else {
      const action = compileAction(line, fields.voice, [...path, 'script', at], clipFor);
      dialogue.push({ who: 'person', step: { moment: momentOf(line, dialogue.at(-1)), action } });
    }
  }
  return {
    ...rest,
    faults: faults.flatMap((fields, at) => {
      const fault = completeFault(fields);
      if (typeof fault !== 'string') return [fault];
      problems.push(`line ${lineOf([...path, 'faults', at])}: ${fault}`);
      return [];
    }),
    agentFaults: agentFaults.filter((fault, at) => {
      const problem = personFaultProblem(fault);
      if (problem) problems.push(`line ${lineOf([...path, 'agentFaults', at])}: ${problem}`);
      return !problem;
    }),
    ringsMs: (rings ?? 2) * 1_000,
    ...(greets ? { greeting: clipFor(greets, fields.voice, [...path, 'greets']) } : {}),
    ...(announcement ? { announcementClip: clipFor(announcement, fields.voice, [...path, 'announcement']) } : {}),
    steps: dialogue.flatMap(line => (line.who === 'person' ? [line.step] : [])),
    dialogue,
  };
}

/** A turn in which the agent stays silent. */
const nothing = createClip({ id: 'nothing', text: '', voice: '' }, Buffer.alloc(0));

const compileTurn = (turn: AgentTurn, agent: Agent, path: (string | number)[], clipFor: ClipFor): AgentLine => ({
  clip: turn.agent === '' ? nothing : clipFor(turn.agent, agent.voice, path),
  tools: (turn.tools ?? []).map(({ onError, ...tool }) => ({
    ...tool,
    ...(onError ? { onErrorClip: clipFor(onError, agent.voice, path) } : {}),
  })),
  endsCall: turn.endsCall ?? false,
});

type PersonLine = Exclude<ScriptLine, AgentTurn>;

function compileAction(
  line: PersonLine,
  voice: string | undefined,
  path: (string | number)[],
  clipFor: ClipFor,
): PersonAction {
  if ('says' in line) return { kind: 'say', clip: clipFor(line.says, line.voice ?? voice, [...path, 'says']) };
  if ('presses' in line) return { kind: 'press', digits: line.presses };
  return { kind: 'hang-up' };
}

function momentOf(line: PersonLine, previous: DialogueLine | undefined): Moment {
  const patience = line.patience === undefined ? patienceMs : line.patience * 1_000;
  if (line.afterSeconds !== undefined) return { kind: 'after', ms: line.afterSeconds * 1_000 };
  if (line.afterSilence !== undefined) return { kind: 'silence', ms: line.afterSilence * 1_000 };
  if (line.afterAgentTurn !== undefined) return { kind: 'agent-turn', turn: line.afterAgentTurn, patienceMs: patience };
  if (line.interruptsAfter !== undefined) {
    return { kind: 'into-agent-turn', ms: line.interruptsAfter * 1_000, patienceMs: patience };
  }
  if (previous?.who === 'agent') return { kind: 'agent-turn', turn: 'next', patienceMs: patience };
  return { kind: 'after', ms: previous ? betweenStepsMs : firstWordMs };
}

function checkReferences(scenario: ScenarioFile, problems: string[], lineOf: LineOf): void {
  const ids = new Set<string>();
  const numbers = new Set<string>();
  for (const [index, person] of scenario.people.entries()) {
    const line = lineOf(['people', index]);
    if (ids.has(person.id)) problems.push(`line ${line}: the id ${person.id} is used twice`);
    ids.add(person.id);
    if (person.number && numbers.has(person.number))
      problems.push(`line ${line}: two people have the number ${person.number}`);
    if (person.number) numbers.add(person.number);
    if (person.answer === 'voicemail' && !person.announcement)
      problems.push(`line ${line}: a voicemail needs an announcement`);
  }
  const checkWeights = (weights: Record<string, number> | undefined, path: (string | number)[]) => {
    for (const id of Object.keys(weights ?? {})) {
      if (!ids.has(id)) problems.push(`line ${lineOf([...path, id])}: nobody has the id ${id}`);
    }
  };
  checkWeights(scenario.weights, ['weights']);
  for (const [index, campaign] of (scenario.campaigns ?? []).entries()) {
    checkWeights(campaign.weights, ['campaigns', index, 'weights']);
    if (!campaign.from && !campaign.urlContains) {
      problems.push(`line ${lineOf(['campaigns', index])}: a campaign is known by from or by urlContains; give one`);
    }
  }
}
