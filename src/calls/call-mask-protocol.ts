import { parsePhoneNumberFromString } from 'libphonenumber-js/max';

/** A number of which country and last two digits are told, as people read it. */
export function maskedPhone(phone: string): string {
  if (phone === 'anonymous') return phone;
  if (!phone.startsWith('+')) return '•••';
  const code = parsePhoneNumberFromString(phone)?.countryCallingCode;
  return `${code ? `+${code} ` : ''}••• ••${phone.slice(-2)}`;
}

/** Numbers as carriers and vendors write them into their texts: at least seven digits, perhaps with signs between them. */
const numberInText = /(?<![\w.:-])\+?\d(?:[ ().\-/]?\d){6,14}(?![\w:-])/g;

const maskedText = (text: string): string => text.replace(numberInText, found => `•••${found.slice(-2)}`);

/** Fields of which not even a part is told. */
const names = new Set([
  'contactname',
  'name',
  'callername',
  'fromname',
  'toname',
  'email',
  'variables',
  'customfields',
]);
const phones = new Set(['to', 'from', 'caller', 'called', 'callerid', 'phone', 'number', 'transferredto']);

/** Anything told of a call without names and numbers of people: for events' data and whatever else has no fixed form. */
export function withoutPeople(value: unknown, depth = 0): unknown {
  if (typeof value === 'string') return maskedText(value);
  if (typeof value !== 'object' || value === null || value instanceof Date || depth > 8) return value;
  if (Array.isArray(value)) return value.map(each => withoutPeople(each, depth + 1));
  const shown: Record<string, unknown> = {};
  for (const [field, content] of Object.entries(value)) {
    const plain = field.toLowerCase().replaceAll(/[_-]/g, '');
    if (names.has(plain)) shown[field] = typeof content === 'object' && content !== null ? {} : null;
    else if (phones.has(plain) && typeof content === 'string')
      shown[field] = content.startsWith('+') ? maskedPhone(content) : maskedText(content);
    else shown[field] = withoutPeople(content, depth + 1);
  }
  return shown;
}

type Shown = { readonly [field: string]: unknown };

/** Fields that may hold anything a vendor or our own rules wrote. */
const openFields = ['cause', 'amd', 'verdict', 'recordingInfo', 'policy'] as const;

/**
 * A call, or some of its fields, as those see it who may not see people. Our own number stays: it is no person's. What was said stays,
 * too: reading calls means reading that.
 */
export function maskedCall<T extends Shown>(call: T, direction: unknown = call['direction']): T {
  const masked: Record<string, unknown> = { ...call };
  const person = direction === 'inbound' ? ['from'] : direction === 'outbound' ? ['to'] : ['from', 'to'];
  for (const field of person)
    if (typeof masked[field] === 'string') masked[field] = maskedPhone(masked[field] as string);
  if ('contactName' in masked) masked['contactName'] = null;
  if ('variables' in masked) masked['variables'] = {};
  if (typeof masked['transferredTo'] === 'string') masked['transferredTo'] = maskedPhone(masked['transferredTo']);
  for (const field of openFields) if (field in masked) masked[field] = withoutPeople(masked[field]);
  return masked as T;
}
