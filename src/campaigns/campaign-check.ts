import type { AgentDirectory, AmdPolicy, NumberDirectory } from '../agents/agents.types.ts';
import { normalisePhone } from '../compliance/phone.ts';
import { type Schedule, scheduleProblems } from '../compliance/schedule.ts';
import { AppError } from '../errors.ts';
import type { BreakerRules, CampaignBudget, CampaignVariant, RetryRules, VariableSource } from './campaign-document.ts';

/** What a client wants of a campaign; null where a field may be cleared. */
export interface CampaignWishes {
  readonly name?: string;
  readonly description?: string;
  readonly agentId?: string | null;
  readonly variants?: readonly {
    readonly name: string;
    readonly agentId?: string | null;
    readonly weight?: number;
    readonly variables?: CampaignVariant['variables'];
  }[];
  readonly callerIds?: readonly string[];
  readonly localPresence?: boolean;
  readonly lists?: readonly string[];
  readonly variables?: Readonly<Record<string, VariableSource>>;
  readonly contentClass?: string;
  readonly emergencyReason?: string | null;
  readonly seller?: { readonly legalName: string; readonly callbackNumber?: string | null } | null;
  readonly pace?: { readonly callsPerSecond?: number; readonly maxConcurrent?: number };
  readonly schedule?: (Omit<Schedule, 'timeZone'> & { readonly timeZone?: string }) | null;
  readonly retry?: { readonly maxAttempts: number; readonly afterMinutes?: RetryRules['afterMinutes'] } | null;
  readonly amd?: Partial<AmdPolicy> | null;
  readonly record?: boolean | null;
  readonly maxMinutes?: number | null;
  readonly budget?: (Omit<CampaignBudget, 'per'> & { readonly per?: CampaignBudget['per'] }) | null;
  readonly priority?: number;
  readonly breaker?: BreakerRules | null;
}

export interface Problem {
  readonly field: string;
  readonly problem: string;
}

export interface CheckOptions {
  readonly agents: Pick<AgentDirectory, 'current'>;
  readonly numbers: Pick<NumberDirectory, 'mayCallFrom'>;
  readonly listExists: (id: string) => Promise<boolean>;
  readonly defaultCountry: string;
  /** Money that can be added up. */
  readonly currencies: readonly string[];
  readonly mostMinutes: number;
}

/** Numbers in the form we compare. */
export interface CheckedNumbers {
  readonly callerIds?: readonly string[];
  readonly callbackNumber?: string | null;
}

export type CampaignCheck = (wishes: CampaignWishes) => Promise<CheckedNumbers>;

/** Checks what the schema of the request cannot; throws `VALIDATION_FAILED` with every problem, by field and with what helps. */
export function createCampaignCheck(options: CheckOptions): CampaignCheck {
  return async wishes => {
    const { callerIds, seller, schedule, maxMinutes } = wishes;
    const numbers = callerIds?.map(each => normalisePhone(each, options.defaultCountry));
    const callback = seller?.callbackNumber ? normalisePhone(seller.callbackNumber, options.defaultCountry) : undefined;
    const problems: Problem[] = [
      ...(schedule ? scheduleProblems({ timeZone: 'contact', ...schedule }) : []),
      ...variantProblems(wishes),
      ...variableProblems(wishes),
      ...amdProblems(wishes),
      ...budgetProblems(wishes, options.currencies),
      ...(await callerIdProblems(numbers ?? [], options)),
      ...(await agentProblems(wishes, options)),
      ...(await listProblems(wishes, options)),
    ];
    if (callback && !callback.ok)
      problems.push({ field: 'seller.callbackNumber', problem: `${callback.message}; write it as +12125550100` });
    if (maxMinutes && maxMinutes > options.mostMinutes)
      problems.push({
        field: 'maxMinutes',
        problem: `can only lower the limit of the installation; it must be at most ${options.mostMinutes}`,
      });
    refuse(problems);
    return {
      ...(numbers ? { callerIds: [...new Set(numbers.flatMap(each => (each.ok ? [each.e164] : [])))] } : {}),
      ...(callback?.ok ? { callbackNumber: callback.e164 } : {}),
    };
  };
}

/** One error that names every problem. */
export function refuse(problems: readonly Problem[]): void {
  const [first] = problems;
  if (!first) return;
  throw new AppError('VALIDATION_FAILED', `${first.field} ${first.problem}.`, { details: problems.slice(0, 50) });
}

function variantProblems({ variants = [] }: CampaignWishes): Problem[] {
  const names = new Set<string>();
  return variants.flatMap(({ name }, index) => {
    const known = names.has(name.toLowerCase());
    names.add(name.toLowerCase());
    return known ? [{ field: `variants.${index}.name`, problem: 'is the name of another variant, too' }] : [];
  });
}

const personFields = ['phone', 'name', 'firstName', 'lastName', 'email', 'company', 'role', 'language', 'timeZone'];
const customField = /^customFields\.[\p{L}_][\p{L}\p{N}_ -]{0,59}$/u;
const variableName = /^[A-Za-z_][A-Za-z0-9_]{0,63}$/;
const mostVariables = 50;

function variableProblems({ variables = {} }: CampaignWishes): Problem[] {
  const entries = Object.entries(variables);
  if (entries.length > mostVariables) return [{ field: 'variables', problem: `must be at most ${mostVariables}` }];
  return entries.flatMap(([name, source]) => {
    const shown = name.slice(0, 64);
    if (!variableName.test(name) || name === '__proto__' || name === 'constructor')
      return [{ field: `variables.${shown}`, problem: 'must be named by letters, digits and _, a letter first' }];
    if ('field' in source === 'value' in source)
      return [{ field: `variables.${shown}`, problem: 'needs either a field of the person or a value' }];
    if (!('field' in source) || personFields.includes(source.field) || customField.test(source.field)) return [];
    const problem = `names no field of a person; use ${personFields.join(', ')} or customFields.<name>`;
    return [{ field: `variables.${shown}.field`, problem }];
  });
}

function amdProblems({ amd }: CampaignWishes): Problem[] {
  if (!amd) return [];
  if (amd.mode === 'off' && amd.onMachine === 'leave-message')
    return [{ field: 'amd.onMachine', problem: 'needs detection; set amd.mode to detect or wait-for-end' }];
  if (amd.message !== undefined && (amd.onMachine ?? 'leave-message') !== 'leave-message')
    return [
      { field: 'amd.message', problem: 'is spoken with onMachine leave-message alone; set that, or leave it out' },
    ];
  return [];
}

function budgetProblems({ budget }: CampaignWishes, currencies: readonly string[]): Problem[] {
  if (!budget || currencies.includes(budget.currency)) return [];
  const problem = `has no rate; use ${currencies.join(', ')}, or name it in CURRENCY_RATES`;
  return [{ field: 'budget.currency', problem }];
}

async function callerIdProblems(
  numbers: readonly ReturnType<typeof normalisePhone>[],
  { numbers: directory }: CheckOptions,
): Promise<Problem[]> {
  const found = await Promise.all(
    numbers.map(async (number, index): Promise<Problem | null> => {
      const field = `callerIds.${index}`;
      if (!number.ok) return { field, problem: `${number.message}; write it as +12125550100` };
      if (await directory.mayCallFrom(number.e164)) return null;
      return { field, problem: 'is neither a number of ours nor confirmed by the carrier; see GET /api/numbers' };
    }),
  );
  return found.filter(each => each !== null);
}

async function agentProblems({ agentId, variants = [] }: CampaignWishes, { agents }: CheckOptions): Promise<Problem[]> {
  const named = [
    { field: 'agentId', id: agentId },
    ...variants.map((each, index) => ({ field: `variants.${index}.agentId`, id: each.agentId })),
  ];
  const found = await Promise.all(
    named.map(async ({ field, id }): Promise<Problem | null> => {
      if (!id) return null;
      try {
        await agents.current(id);
        return null;
      } catch (error) {
        if (!(error instanceof AppError && error.code === 'AGENT_NOT_FOUND')) throw error;
        return { field, problem: 'is no agent of ours, or an archived one; see GET /api/agents' };
      }
    }),
  );
  return found.filter(each => each !== null);
}

async function listProblems({ lists = [] }: CampaignWishes, { listExists }: CheckOptions): Promise<Problem[]> {
  const known = await Promise.all(lists.map(listExists));
  return known.flatMap((exists, index) =>
    exists ? [] : [{ field: `lists.${index}`, problem: 'is no contact list; see GET /api/contact-lists' }],
  );
}
