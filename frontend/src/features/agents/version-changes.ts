import { agentsText } from '../../strings/settings.ts';
import type { AgentVersion } from './api/agents.ts';

type Profile = AgentVersion['profile'];

const names: Partial<Record<keyof Profile, string>> = {
  name: agentsText.form.name,
  vendorAgentId: agentsText.form.vendorAgentId,
  speaksAs: agentsText.form.speaksAs,
  business: agentsText.form.business,
  callerId: agentsText.form.callerId,
  record: agentsText.form.record,
  maxMinutes: agentsText.form.maxMinutes,
  silenceSeconds: agentsText.form.silenceSeconds,
  farewell: agentsText.form.farewell,
  amd: agentsText.form.machine,
  audio: agentsText.page.audio,
  variables: agentsText.page.variables,
  permitted: agentsText.page.permitted,
  firstMessage: agentsText.overrideNames.firstMessage,
  vendorMaxSeconds: agentsText.page.maxSeconds,
  vendorSilenceSeconds: agentsText.page.vendorSilence,
};
const longest = 40;

/** "Longest call 5 → 3, Prompt changed": what a version has other than the one before; long texts are only named. */
export function versionChanges(later: Profile, earlier: Profile): string[] {
  const fields = Object.keys(names) as (keyof Profile)[];
  const changes = fields.flatMap(field => changeOf(names[field] ?? field, earlier[field], later[field]));
  const overrides = [...new Set([...Object.keys(earlier.overrides), ...Object.keys(later.overrides)])].filter(
    // What is said first stands in the list already.
    name => name !== 'firstMessage',
  ) as (keyof Profile['overrides'])[];
  return [
    ...changes,
    ...overrides.flatMap(name =>
      changeOf(agentsText.overrideNames[name], earlier.overrides[name], later.overrides[name]),
    ),
  ];
}

function changeOf(name: string, from: unknown, to: unknown): string[] {
  const [before, after] = [shown(from), shown(to)];
  if (before === after) return [];
  if (before.length > longest || after.length > longest) return [`${name} ${agentsText.page.longText}`];
  return [`${name} ${before} → ${after}`];
}

function shown(value: unknown): string {
  if (value === undefined || value === null || value === '') return '–';
  if (Array.isArray(value)) return value.length === 0 ? '–' : value.join(' ');
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}
