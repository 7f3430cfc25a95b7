import { type CarrierForm, field } from './carrier-form.ts';
import type { CallbackKind } from './lifecycle-metrics.ts';

/** A callback as it stands on the disk, a line each. */
export interface Kept {
  readonly kind: CallbackKind;
  readonly callId: string | null;
  readonly form: CarrierForm;
  readonly at: Date;
}

/** Nothing of this is read again, and it is about persons. */
const aboutPersons = /^(from|to|caller|called|forwarded)/i;
/** A field's name as it stands in a line, or nothing where the field is left out; the carrier's names are few and come with every callback. */
const nameInLine = remembered((name: string) => (aboutPersons.test(name) ? '' : `${JSON.stringify(name)}:`), 200);

export const callOf = ({ callId, form }: Kept): string => callId ?? field(form, 'CallSid') ?? '';

/** Written by hand: an object made only to be written costs several times as much, and in a rush every callback has a line. */
export function lineOf({ kind, callId, form, at }: Kept): string {
  let fields = '';
  for (const name in form) {
    const key = nameInLine(name);
    if (key !== '') fields += `${fields === '' ? '' : ','}${key}${JSON.stringify(form[name] ?? null)}`;
  }
  return `{"kind":"${kind}","callId":${JSON.stringify(callId)},"at":"${at.toISOString()}","form":{${fields}}}`;
}

function remembered<T>(answer: (name: string) => T, most: number): (name: string) => T {
  const known = new Map<string, T>();
  return name => {
    const before = known.get(name);
    if (before !== undefined) return before;
    const now = answer(name);
    if (known.size < most) known.set(name, now);
    return now;
  };
}

export function readKept(text: string): Kept {
  const { kind, callId, form, at } = JSON.parse(text) as Omit<Kept, 'at'> & { readonly at: string };
  return { kind, callId, form, at: new Date(at) };
}
