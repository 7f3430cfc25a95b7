import { type CarrierForm, field } from './carrier-form.ts';
import type { CallbackKind } from './lifecycle-metrics.ts';

/** A callback as it stands on the disk, a line each. */
export interface Kept {
  readonly kind: CallbackKind;
  readonly callId: string | null;
  readonly form: CarrierForm;
  readonly at: Date;
}

/** Nothing of this is read again, and it is about persons. The carrier's names are few and come again with every callback. */
const isAboutPersons = remembered((name: string) => /^(from|to|caller|called|forwarded)/i.test(name), 200);

export const callOf = ({ callId, form }: Kept): string => callId ?? field(form, 'CallSid') ?? '';

export function lineOf({ form, ...rest }: Kept): string {
  const kept: Record<string, unknown> = {};
  for (const name in form) if (!isAboutPersons(name)) kept[name] = form[name];
  return JSON.stringify({ ...rest, form: kept });
}

function remembered(answer: (name: string) => boolean, most: number): (name: string) => boolean {
  const known = new Map<string, boolean>();
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
