/** What an agent's texts may refer to by name. */
export type CallVariables = Readonly<Record<string, string | number | boolean>>;

/** These exist in every session; one without a value is an empty text, so that no agent fails over a missing name. */
export const standardVariables = [
  'phone_number',
  'caller_name',
  'company_name',
  'call_sid',
  'conversation_id',
  'campaign_name',
  'server_location',
] as const;

/** The two names that a contact or a request knows better than we do; the others say what the call is, and stay ours. */
const replaceable: readonly string[] = ['caller_name', 'company_name'];

export interface VariableSources {
  /** Our attempt id. */
  readonly callId: string;
  readonly callSid: string | null;
  /** The number of the person at the other end, whoever called whom; null when it is withheld. */
  readonly phone: string | null;
  readonly personName?: string | null;
  /** The business the agent speaks for, else the seller of this installation. */
  readonly companyName?: string | null | undefined;
  readonly campaignName?: string | null;
  readonly serverLocation?: string | null | undefined;
  /** The contact's own fields. */
  readonly contactFields?: CallVariables;
  /** What the request gave; goes over the contact's. */
  readonly requested?: CallVariables;
}

/** All variables of one session, for calls in both directions. */
export function callVariables(sources: VariableSources): CallVariables {
  const standard: Record<(typeof standardVariables)[number], string> = {
    phone_number: sources.phone ?? '',
    caller_name: sources.personName ?? '',
    company_name: sources.companyName ?? '',
    call_sid: sources.callSid ?? '',
    conversation_id: sources.callId,
    campaign_name: sources.campaignName ?? '',
    server_location: sources.serverLocation ?? '',
  };
  return { ...standard, ...addable(sources.contactFields), ...addable(sources.requested) };
}

/** Variables that an agent expects and nobody supplies. */
export const missingVariables = (expected: readonly string[], supplied: CallVariables): string[] =>
  expected.filter(name => !Object.hasOwn(supplied, name));

const isOurs = (name: string): boolean =>
  (standardVariables as readonly string[]).includes(name) && !replaceable.includes(name);

const addable = (given: CallVariables = {}): CallVariables =>
  Object.fromEntries(Object.entries(given).filter(([name]) => !isOurs(name)));

const bounds = { names: 50, nameLength: 64, textLength: 2000, total: 16_000 } as const;

export interface VariableProblem {
  readonly field: string;
  readonly problem: string;
}

/** What is wrong with a request's variables, name by name; empty when nothing is. */
export function variableProblems(given: Readonly<Record<string, unknown>>): VariableProblem[] {
  const entries = Object.entries(given);
  if (entries.length > bounds.names) {
    return [{ field: 'variables', problem: `must have at most ${bounds.names} names` }];
  }
  const problems = entries.flatMap(([name, value]) => {
    const problem = problemOfName(name) ?? problemOfValue(value);
    // A name from outside is repeated only when it is a harmless word.
    const field = /^\w{1,64}$/.test(name) ? `variables.${name}` : 'variables';
    return problem ? [{ field, problem }] : [];
  });
  const total = entries.reduce((sum, [name, value]) => sum + name.length + String(value).length, 0);
  if (total > bounds.total)
    problems.push({ field: 'variables', problem: `must have at most ${bounds.total} characters in all` });
  return problems;
}

function problemOfName(name: string): string | undefined {
  if (name.length > bounds.nameLength || !/^[A-Za-z][A-Za-z0-9_]*$/.test(name)) {
    return `must be named by a letter and at most ${bounds.nameLength - 1} letters, digits or underscores`;
  }
  if (name === 'constructor' || name === 'prototype') return 'is a name that cannot be used; choose another';
  if (/^system__/i.test(name))
    return "is among the agent vendor's own names; choose one that does not begin with system__";
  return isOurs(name)
    ? 'is set by Parley itself and cannot be replaced; leave it out or choose another name'
    : undefined;
}

function problemOfValue(value: unknown): string | undefined {
  if (typeof value === 'boolean') return undefined;
  if (typeof value === 'number') return Number.isFinite(value) ? undefined : 'must be a finite number';
  if (typeof value !== 'string') return 'must be a text, a number, true or false';
  return value.length > bounds.textLength ? `must have at most ${bounds.textLength} characters` : undefined;
}
