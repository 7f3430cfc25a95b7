import { EngineFailure, type EngineFault } from '../engine-error.ts';

/** What was asked for, in the words of the message. */
export type Asked = 'agent' | 'agents' | 'session' | 'conversation';

/** The vendor's word for what went wrong; it keeps several forms of it alive at once. */
export function vendorCode(body: unknown): string | undefined {
  const detail = (body as { detail?: unknown } | null)?.detail;
  if (typeof detail === 'string') return detail.slice(0, 64);
  const first: unknown = Array.isArray(detail) ? detail[0] : detail;
  if (typeof first !== 'object' || first === null) return undefined;
  const { status, code, type } = first as Record<string, unknown>;
  return [status, code, type].find((each): each is string => typeof each === 'string')?.slice(0, 64);
}

const remedies: Readonly<Record<EngineFault, string>> = {
  credentials:
    'ElevenLabs refuses the key: check ELEVENLABS_API_KEY, that it may use agents and conversations, and that ELEVENLABS_API_BASE_URL is the region the key belongs to.',
  credits: 'The ElevenLabs account has no credits left: add credits or raise its quota.',
  agent:
    'ElevenLabs knows no agent with this id: choose one of the list of its agents, from the same workspace and region.',
  full: 'ElevenLabs takes no more requests or conversations for the moment: lower the pace, or raise the limit of the plan.',
  unavailable: 'ElevenLabs does not answer as it should; it is asked again with the next call.',
};

const creditWords = new Set(['quota_exceeded', 'insufficient_credits', 'payment_required']);

/** The error of a refused request, told apart by who has to do something about it. */
export function failureOf(httpStatus: number, body: unknown, asked: Asked): EngineFailure {
  const code = vendorCode(body);
  const fault = faultOf(httpStatus, code);
  const unknownAgent = httpStatus === 404 && (asked === 'agent' || asked === 'session');
  const message =
    fault === 'agent' && !unknownAgent
      ? 'ElevenLabs does not accept the request; the details name its reason.'
      : remedies[fault];
  return new EngineFailure(fault, message, httpStatus, {
    details: { engine: 'elevenlabs', httpStatus, ...(code === undefined ? {} : { vendorCode: code }) },
  });
}

function faultOf(httpStatus: number, code: string | undefined): EngineFault {
  if (httpStatus === 402 || (code !== undefined && creditWords.has(code))) return 'credits';
  if (httpStatus === 401 || httpStatus === 403) return 'credentials';
  if (httpStatus === 429) return 'full';
  if (httpStatus >= 500 || httpStatus < 400 || httpStatus === 408) return 'unavailable';
  return 'agent';
}

/** The error of a request that was not answered, or with something that is no answer. */
export const unreachable = (problem: string, cause?: unknown): EngineFailure =>
  new EngineFailure('unavailable', remedies.unavailable, null, {
    details: { engine: 'elevenlabs', problem },
    ...(cause === undefined ? {} : { cause }),
  });
