import type { AgentProfile } from '../agents/agents.types.ts';
import { normalisePhone } from '../compliance/phone.ts';
import type { Config } from '../config.ts';
import { AppError } from '../errors.ts';
import { mostMinutes } from './call-policy.ts';
import { type CallVariables, missingVariables, type VariableProblem, variableProblems } from './call-variables.ts';
import type { CallOrder } from './calls.types.ts';

/** Refuses an order for everything in it that is wrong beside its number, which is the gate's business; all problems at once. */
export function checkOrder(order: CallOrder, agent: AgentProfile, config: Config): void {
  const problems = [
    ...variableProblems(order.variables ?? {}),
    ...minutesProblem(order, agent, config),
    ...emergencyProblem(order),
  ];
  const [first] = problems;
  if (!first) return;
  throw new AppError('VALIDATION_FAILED', `${first.field} ${first.problem}.`, { details: problems.slice(0, 20) });
}

/** Refuses an order whose agent would fail over a variable that nobody supplies. */
export function checkVariables(agent: AgentProfile, supplied: CallVariables): void {
  const missing = missingVariables(agent.variables, supplied);
  if (missing.length === 0) return;
  const names = missing.slice(0, 20).join(', ');
  throw new AppError(
    'AGENT_VARIABLE_MISSING',
    `The agent ${agent.name} expects what nobody supplies: ${names}. Give it in variables, or take it out of the agent's texts.`,
    { details: missing.map(name => ({ field: `variables.${name}`, problem: 'is expected by the agent and missing' })) },
  );
}

/** The caller id an order names, in the form we compare; null when it names none. */
export function callerIdIn(order: CallOrder, defaultCountry: string): string | null {
  if (order.from === undefined) return null;
  const from = normalisePhone(order.from, defaultCountry);
  if (from.ok) return from.e164;
  throw new AppError('VALIDATION_FAILED', `from ${from.message}; write it as +12125550100.`, {
    details: [{ field: 'from', problem: from.message }],
  });
}

function minutesProblem({ maxMinutes }: CallOrder, agent: AgentProfile, config: Config): VariableProblem[] {
  const most = mostMinutes(agent, config);
  if (maxMinutes === undefined || maxMinutes <= most) return [];
  const problem = `can only lower the limit of agent and installation; it must be at most ${most}`;
  return [{ field: 'maxMinutes', problem }];
}

function emergencyProblem({ contentClass, emergencyReason }: CallOrder): VariableProblem[] {
  if (contentClass === 'emergency') {
    const problem = 'is missing; an emergency is called without consent and at any hour, so write down why';
    return emergencyReason === undefined ? [{ field: 'emergencyReason', problem }] : [];
  }
  if (emergencyReason === undefined) return [];
  return [{ field: 'emergencyReason', problem: 'belongs to the contentClass emergency; leave it out' }];
}
