import type { AgentProfile, AmdPolicy } from '../agents/agents.types.ts';
import type { Config } from '../config.ts';
import type { AmdOrder } from '../telephony/carrier-contract.ts';
import type { CallPolicy } from './call-document.ts';

type Defaults = Pick<
  Config,
  | 'MAX_CALL_MINUTES'
  | 'RECORD_CALLS'
  | 'AMD_TIMEOUT_SECONDS'
  | 'AMD_SPEECH_THRESHOLD_MS'
  | 'AMD_SPEECH_END_THRESHOLD_MS'
  | 'AMD_SILENCE_TIMEOUT_MS'
>;

/** What one call wishes; what it leaves open is its campaign's, its agent's, and then the configuration's business. */
export interface CallWishes {
  readonly amd?: Partial<AmdPolicy> | undefined;
  readonly record?: boolean | undefined;
  readonly maxMinutes?: number | undefined;
}

/** We end a call this long before the vendor would, and the carrier ends it this long after we should have. */
export const limitMarginSeconds = 30;
/** ElevenLabs' own limit where the agent does not say another. */
const elevenLabsMaxSeconds = 600;
const defaultSilenceSeconds = 8;
/** The agent asks after the first silence and says goodbye after the second. */
const looksBeforeEnd = 2;

/** What applies to a call while it runs: call over campaign over agent over configuration, field by field. */
export function callPolicy(
  agent: AgentProfile,
  config: Defaults,
  wishes: CallWishes,
  campaign: CallWishes = {},
): CallPolicy {
  return {
    amd: amdPolicy(config, [agent.amd, campaign.amd, wishes.amd]),
    record: wishes.record ?? campaign.record ?? agent.record ?? config.RECORD_CALLS,
    maxSeconds: maxSeconds(agent, config, [campaign.maxMinutes, wishes.maxMinutes]),
    silenceMs: silenceMs(agent),
  };
}

/** Weakest first; an undefined field leaves what was said before it. */
function amdPolicy(config: Defaults, said: readonly (Partial<AmdPolicy> | null | undefined)[]): AmdPolicy {
  const merged: AmdPolicy = {
    mode: 'detect',
    onMachine: 'hang-up',
    timeoutSeconds: config.AMD_TIMEOUT_SECONDS,
    speechThresholdMs: config.AMD_SPEECH_THRESHOLD_MS,
    speechEndThresholdMs: config.AMD_SPEECH_END_THRESHOLD_MS,
    silenceTimeoutMs: config.AMD_SILENCE_TIMEOUT_MS,
  };
  const policy: AmdPolicy = Object.assign({}, merged, ...said.map(defined));
  // A message is left after the beep, so leaving one means waiting for the end of the greeting.
  return policy.onMachine === 'leave-message' && policy.mode === 'detect'
    ? { ...policy, mode: 'wait-for-end' }
    : policy;
}

const defined = (fields: Partial<AmdPolicy> | null | undefined): Partial<AmdPolicy> =>
  Object.fromEntries(Object.entries(fields ?? {}).filter(([, value]) => value !== undefined && value !== null));

function maxSeconds(agent: AgentProfile, config: Defaults, wishes: readonly (number | undefined)[]): number {
  const vendor = agent.vendorMaxSeconds ?? (agent.engine === 'elevenlabs' ? elevenLabsMaxSeconds : Infinity);
  const minutes = [config.MAX_CALL_MINUTES, agent.maxMinutes, ...wishes].filter(each => typeof each === 'number');
  return Math.max(1, Math.floor(Math.min(...minutes.map(each => each * 60), vendor - limitMarginSeconds)));
}

/** Zero, which is off, where the vendor's own timer ends a silent call before ours would: two of them would talk over each other. */
function silenceMs({ silenceSeconds, vendorSilenceSeconds }: AgentProfile): number {
  const ours = Math.round((silenceSeconds ?? defaultSilenceSeconds) * 1000);
  return (vendorSilenceSeconds ?? Infinity) * 1000 <= looksBeforeEnd * ours ? 0 : ours;
}

/** The longest a request may ask for: it can lower what agent and configuration say, never raise it. */
export const mostMinutes = (agent: AgentProfile, config: Defaults): number =>
  Math.min(config.MAX_CALL_MINUTES, agent.maxMinutes ?? Infinity);

/** How the carrier is asked to listen for a machine; undefined where nobody wants to know. */
export function amdOrder(policy: AmdPolicy, config: Defaults, callback: string): AmdOrder | undefined {
  if (policy.mode === 'off') return undefined;
  return {
    wait: policy.mode === 'wait-for-end' ? 'end' : 'verdict',
    callback,
    timeoutSeconds: policy.timeoutSeconds ?? config.AMD_TIMEOUT_SECONDS,
    speechThresholdMs: policy.speechThresholdMs ?? config.AMD_SPEECH_THRESHOLD_MS,
    speechEndThresholdMs: policy.speechEndThresholdMs ?? config.AMD_SPEECH_END_THRESHOLD_MS,
    silenceTimeoutMs: policy.silenceTimeoutMs ?? config.AMD_SILENCE_TIMEOUT_MS,
  };
}
