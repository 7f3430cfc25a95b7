import { type CallbackFields, type CarrierForm, fieldsRead } from './carrier-form.ts';
import type { CallbackKind } from './lifecycle-metrics.ts';

/** A callback as it stands on the disk, a line each. */
export interface Kept {
  readonly kind: CallbackKind;
  readonly callId: string | null;
  readonly fields: CallbackFields;
  readonly at: Date;
}

export const callOf = ({ callId, fields }: Kept): string => callId ?? fields.CallSid ?? '';

/** Written by hand: an object made only to be written costs several times as much, and in a rush every callback has a line. */
export function lineOf({ kind, callId, fields, at }: Kept): string {
  let form = '';
  for (const name in fields) {
    const text = fields[name as keyof CallbackFields];
    if (text !== null) form += `${form === '' ? '' : ','}"${name}":${JSON.stringify(text)}`;
  }
  return `{"kind":"${kind}","callId":${JSON.stringify(callId)},"at":"${at.toISOString()}","form":{${form}}}`;
}

export function readKept(text: string): Kept {
  const { kind, callId, form, at } = JSON.parse(text) as Pick<Kept, 'kind' | 'callId'> & {
    readonly form: CarrierForm;
    readonly at: string;
  };
  return { kind, callId, fields: fieldsRead(form), at: new Date(at) };
}
