import type { EngineEnd, EngineError } from '../engine-contract.ts';

/** All that is known when the server ends a session. */
export interface ServerClose {
  readonly code: number;
  readonly reason: string;
  /** The error message that came before it. */
  readonly error: { readonly errorType: string | null; readonly message: string } | null;
  /** Whether the agent had begun to talk with us. */
  readonly established: boolean;
}

type Verdict = Pick<EngineEnd, 'kind' | 'reason'>;
const lost = (reason: string): Verdict => ({ kind: 'lost', reason });
const refused = (reason: string): Verdict => ({ kind: 'refused', reason });

/** What the server's error types mean to a call; those that are not here are told by the close code. */
const byErrorType: Readonly<Record<string, Verdict>> = {
  max_duration_exceeded: { kind: 'agent', reason: 'max-duration' },
  override_error: refused('override-refused'),
  missing_dynamic_variable: refused('variable-missing'),
  missing_dynamic_variable_transfer: refused('variable-missing'),
  safety_violation: refused('safety-violation'),
  transport_receive_timeout: lost('no-input'),
  llm_timeout: lost('model-failed'),
  llm_error: lost('model-failed'),
  custom_llm_error: lost('model-failed'),
  cascade_brain_error: lost('model-failed'),
  asr_transcription_error: lost('recognition-failed'),
  vad_error: lost('recognition-failed'),
  turn_probability_error: lost('recognition-failed'),
  tts_cascade_error: lost('voice-failed'),
};

/** What the server's words tell beyond the code; they are cut at 123 bytes, so only their beginnings are looked for. */
const byWords: readonly (readonly [RegExp, Verdict])[] = [
  [/quota|run out of credits|credits? (?:exhausted|limit)/i, refused('credits-exhausted')],
  [/^override for field|not allowed by config/i, refused('override-refused')],
  [/^missing required dynamic variables/i, refused('variable-missing')],
  [/^maximum (?:conversation )?duration|max(?:imum)? duration/i, { kind: 'agent', reason: 'max-duration' }],
];

const byCode: Readonly<Record<number, Verdict>> = {
  1000: { kind: 'agent', reason: 'agent-ended' },
  1001: lost('going-away'),
  1002: lost('vendor-failed'),
  1005: lost('closed-without-code'),
  1006: lost('connection-lost'),
  1008: refused('policy-violation'),
  1009: lost('message-too-large'),
  1011: lost('vendor-crashed'),
  1012: lost('going-away'),
  1013: refused('limit-reached'),
  3000: refused('credits-exhausted'),
  3008: refused('limit-reached'),
  4300: refused('limit-reached'),
};

/** Reads the end of a session off its close frame and the error before it; `told` is how the agent said that it would end it. */
export function endOfClose(close: ServerClose, told?: string): EngineEnd {
  const { code, reason, error } = close;
  const verdict = verdictOf(close);
  return {
    ...verdict,
    ...(told !== undefined && verdict.reason === 'agent-ended' ? { reason: told } : {}),
    detail: {
      closeCode: code,
      ...(reason === '' ? {} : { closeReason: reason }),
      ...(error?.message ? { message: error.message } : {}),
    },
  };
}

function verdictOf({ code, reason, error, established }: ServerClose): Verdict {
  const named = error?.errorType ? byErrorType[error.errorType] : undefined;
  if (named && Object.hasOwn(byErrorType, error?.errorType ?? '')) return named;
  const words = [reason, error?.message ?? ''];
  const told = code === 4300 ? undefined : byWords.find(([pattern]) => words.some(each => pattern.test(each)))?.[1];
  // Accepted at first sight, then closed before a word: asking again would end the same way.
  if (code === 1000 && !established && !told) return refused('refused-at-start');
  return told ?? byCode[code] ?? lost('closed-by-vendor');
}

/** What a refused upgrade means. */
export function endOfUpgrade(status: number): EngineEnd {
  const detail = { message: `the upgrade was answered with ${status}` };
  if (status === 401 || status === 403) return { ...refused('credentials-refused'), detail };
  if (status === 404) return { ...refused('agent-unknown'), detail };
  if (status === 429) return { ...refused('limit-reached'), detail };
  return status >= 500 ? { ...lost('unreachable'), detail } : { ...refused('upgrade-refused'), detail };
}

const byFault: Readonly<Record<EngineError['fault'], Verdict>> = {
  credentials: refused('credentials-refused'),
  credits: refused('credits-exhausted'),
  agent: refused('agent-unknown'),
  full: refused('limit-reached'),
  unavailable: lost('unreachable'),
};

/** What it means that no address for the session could be had. */
export const endOfFailure = ({ fault, message }: EngineError): EngineEnd => ({
  ...byFault[fault],
  detail: { message },
});

const labels = new Set([1000, 1001, 1002, 1005, 1006, 1008, 1009, 1011, 1012, 3000, 3008, 4300]);

/** A close code as a metric label: one of a fixed list. */
export const closeCodeLabel = (code: number | undefined): string =>
  code === undefined ? 'none' : labels.has(code) ? String(code) : 'other';
