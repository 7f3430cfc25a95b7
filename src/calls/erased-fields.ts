import type { Stored } from '../store/schema.ts';
import type { Call } from './call-document.ts';

/**
 * What the record of an erased call becomes: the evidence that the law wants, without the person. The number is a keyed hash wherever
 * it stood, also within the verdict; names, words and what was asked of the agent are gone; figures stay as they were.
 */
export function erasedFields(call: Stored<Call>, at: Date, numberHash: string | null): Partial<Call> {
  const person = call.direction === 'inbound' ? 'from' : 'to';
  const number = call[person];
  const without = <T>(value: T): T => (numberHash === null ? value : replaced(value, number, numberHash));
  const { message: _message, ...amd } = call.policy?.amd ?? { mode: 'off', onMachine: 'continue' };
  return {
    erasedAt: at,
    erasure: 'pending',
    [person]: numberHash ?? number,
    numbers: [],
    contactName: null,
    variables: {},
    verdict: without(call.verdict),
    cause: without(call.cause),
    transfer: call.transfer && { ...without(call.transfer), summary: null },
    legs: without(call.legs ?? []),
    flags: [],
    policy: call.policy && { ...call.policy, amd },
    summary: null,
    analysis: call.analysis && {
      title: null,
      success: call.analysis.success,
      criteria: [],
      collected: [],
      language: null,
    },
    conversations: (call.conversations ?? []).map(note => ({
      ...note,
      title: null,
      summary: null,
      criteria: [],
      collected: [],
    })),
    reportDueAt: null,
    requestHash: null,
    recording: call.recording === 'off' ? 'off' : 'erased',
    recordingInfo: null,
    streamToken: null,
    usedToken: null,
  };
}

/** The same value with another text in place of a number, however deep and within whatever sentence it stands. */
function replaced<T>(value: T, number: string, by: string): T {
  if (typeof value === 'string') {
    const digits = number.replace(/^\+/, '');
    return value.replaceAll(number, by).replaceAll(digits, by) as T;
  }
  if (Array.isArray(value)) return value.map(each => replaced(each, number, by)) as T;
  if (typeof value !== 'object' || value === null || Object.getPrototypeOf(value) !== Object.prototype) return value;
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, replaced(each, number, by)])) as T;
}
