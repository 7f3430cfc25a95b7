import type { Agent, AgentChange, NewAgent } from './api/agents.ts';

/** The fields of the form as they are typed: every one a word, a tick or a choice. */
export interface AgentFields {
  name: string;
  vendorAgentId: string;
  speaksAs: string;
  business: string;
  callerId: string;
  replaces: Record<OverrideName, boolean>;
  overrides: Record<OverrideName, string>;
  record: '' | 'yes' | 'no';
  maxMinutes: string;
  silenceSeconds: string;
  farewell: string;
  amd: { mode: string; onMachine: string; message: string } & Record<TimingName, string>;
}

export const overrideNames = ['firstMessage', 'prompt', 'language', 'voiceId'] as const;
export type OverrideName = (typeof overrideNames)[number];

/** What the carrier's detection can be told, with its limits. */
export const timings = {
  timeoutSeconds: [3, 59],
  speechThresholdMs: [1_000, 6_000],
  speechEndThresholdMs: [500, 5_000],
  silenceTimeoutMs: [2_000, 10_000],
} as const;
export type TimingName = keyof typeof timings;
export const timingNames = Object.keys(timings) as TimingName[];

type Settings = Pick<
  Agent,
  | 'name'
  | 'vendorAgentId'
  | 'speaksAs'
  | 'business'
  | 'callerId'
  | 'overrides'
  | 'record'
  | 'maxMinutes'
  | 'silenceSeconds'
  | 'farewell'
  | 'amd'
>;

const nothing: Settings = {
  name: '',
  vendorAgentId: '',
  speaksAs: null,
  business: null,
  callerId: null,
  overrides: {},
  record: null,
  maxMinutes: null,
  silenceSeconds: null,
  farewell: null,
  amd: null,
};

const typed = (value: string | number | null | undefined) =>
  value === null || value === undefined ? '' : String(value);

/** What the form shows of an agent; of none, an empty one. */
export function agentFields(agent: Settings = nothing): AgentFields {
  const { overrides, amd } = agent;
  return {
    name: agent.name,
    vendorAgentId: agent.vendorAgentId,
    speaksAs: typed(agent.speaksAs),
    business: typed(agent.business),
    callerId: typed(agent.callerId),
    replaces: byName(overrideNames, name => overrides[name] !== undefined),
    overrides: byName(overrideNames, name => overrides[name] ?? ''),
    record: agent.record === null ? '' : agent.record ? 'yes' : 'no',
    maxMinutes: typed(agent.maxMinutes),
    silenceSeconds: typed(agent.silenceSeconds),
    farewell: typed(agent.farewell),
    amd: {
      mode: amd?.mode ?? '',
      onMachine: amd?.onMachine ?? '',
      message: amd?.message ?? '',
      ...byName(timingNames, name => typed(amd?.[name])),
    },
  };
}

/** What was typed, as the API takes it. An empty field is left to the configuration. */
export function agentSettings(fields: AgentFields): Settings {
  const { mode, onMachine, message, ...spans } = fields.amd;
  const amd = {
    ...(mode === '' ? {} : { mode }),
    ...(onMachine === '' ? {} : { onMachine }),
    ...(message.trim() === '' ? {} : { message: message.trim() }),
    ...Object.fromEntries(
      timingNames.flatMap(name => (spans[name].trim() === '' ? [] : [[name, Number(spans[name])] as const])),
    ),
  };
  const overrides = Object.fromEntries(
    overrideNames.flatMap(name => (fields.replaces[name] ? [[name, fields.overrides[name].trim()] as const] : [])),
  );
  return {
    name: fields.name.trim(),
    vendorAgentId: fields.vendorAgentId.trim(),
    speaksAs: wordOf(fields.speaksAs),
    business: wordOf(fields.business),
    callerId: wordOf(fields.callerId),
    overrides,
    record: fields.record === '' ? null : fields.record === 'yes',
    maxMinutes: numberOf(fields.maxMinutes),
    silenceSeconds: numberOf(fields.silenceSeconds),
    farewell: wordOf(fields.farewell),
    amd: Object.keys(amd).length === 0 ? null : (amd as Settings['amd']),
  };
}

/** A new agent: only what was filled in. */
export function newAgent(fields: AgentFields): NewAgent {
  const { name, vendorAgentId, ...others } = agentSettings(fields);
  const filled = Object.entries(others).filter(([key, value]) => !same(value, nothing[key as keyof Settings]));
  return { name, vendorAgentId, ...Object.fromEntries(filled) };
}

/** What was changed of an agent, with the version it was read in; null when nothing was. */
export function agentChange(fields: AgentFields, agent: Settings & Pick<Agent, 'version'>): AgentChange | null {
  const changed = Object.entries(agentSettings(fields)).filter(
    ([key, value]) => !same(value, agent[key as keyof Settings]),
  );
  return changed.length === 0 ? null : { ...Object.fromEntries(changed), version: agent.version };
}

/** Whether what was typed is empty or a number within these limits. */
export function isWithin(value: string, least: number, most: number, whole = false): boolean {
  if (value.trim() === '') return true;
  const number = Number(value);
  return Number.isFinite(number) && number >= least && number <= most && (!whole || Number.isInteger(number));
}

const wordOf = (value: string): string | null => (value.trim() === '' ? null : value.trim());
const numberOf = (value: string): number | null => (value.trim() === '' ? null : Number(value));

function byName<N extends string, V>(names: readonly N[], value: (name: N) => V): Record<N, V> {
  return Object.fromEntries(names.map(name => [name, value(name)])) as Record<N, V>;
}

/** Settings are plain words, numbers and small records; the order of a record's fields means nothing. */
const same = (one: unknown, other: unknown): boolean => sorted(one) === sorted(other);
const sorted = (value: unknown): string =>
  JSON.stringify(value, (_, each: unknown) =>
    each !== null && typeof each === 'object' && !Array.isArray(each)
      ? Object.fromEntries(Object.entries(each).sort(([a], [b]) => (a < b ? -1 : 1)))
      : each,
  );
