import { type CountryCode, ParseError, parsePhoneNumberWithError } from 'libphonenumber-js/max';

export type PhoneProblem =
  | 'empty'
  | 'withheld'
  | 'address'
  | 'extension'
  | 'letters'
  | 'several'
  | 'spreadsheet-number'
  | 'not-a-number'
  | 'unknown-country'
  | 'special'
  | 'too-short'
  | 'too-long'
  | 'wrong-length';

/** What a number is, as far as its digits tell. North American numbers never tell mobile from landline. */
export type PhoneKind =
  | 'landline'
  | 'mobile'
  | 'landline-or-mobile'
  | 'toll-free'
  | 'premium'
  | 'shared-cost'
  | 'personal'
  | 'pager'
  | 'company'
  | 'voicemail'
  | 'voip'
  | 'unknown';

export interface Phone {
  readonly ok: true;
  readonly e164: string;
  /** ISO country where the number plan tells it; shared plans such as +800 have none. */
  readonly country: string | undefined;
  readonly kind: PhoneKind;
  /** The number plan as we know it assigns this number. False may also mean a plan newer than our tables. */
  readonly assigned: boolean;
}

export interface RefusedPhone {
  readonly ok: false;
  readonly reason: PhoneProblem;
  /** For a person to read; it does not repeat the text. */
  readonly message: string;
}

const messages: Record<PhoneProblem, string> = {
  empty: 'is missing',
  withheld: 'is withheld by the caller',
  address: 'is an address, not a telephone number',
  extension: 'has an extension; only direct numbers can be called',
  letters: 'contains letters; write digits only',
  several: 'contains more than one number',
  'spreadsheet-number':
    'was turned into a decimal number by a spreadsheet, which loses digits; make its column text and export it again',
  'not-a-number': 'is not a telephone number',
  'unknown-country': 'has a country code that does not exist',
  special: 'is an emergency or service number, not one to be called',
  'too-short': 'is too short',
  'too-long': 'is too long; numbers from abroad begin with + and the country code',
  'wrong-length':
    'has too few or too many digits for its country; numbers from abroad begin with + and the country code',
};

const refuse = (reason: PhoneProblem): RefusedPhone => ({ ok: false, reason, message: messages[reason] });

/** Brings a number as people or carriers write it into E.164, or says what is wrong with it. National forms belong to `defaultCountry`. */
export function normalisePhone(text: unknown, defaultCountry: string): Phone | RefusedPhone {
  if (typeof text !== 'string') return refuse(text === undefined || text === null ? 'empty' : 'not-a-number');
  // Nobody writes a number this long; scanning it would only cost time.
  if (text.length > 100) return refuse('too-long');
  const written = plainForm(text);
  if (written === '') return refuse('empty');
  const problem = problemOfForm(written);
  if (problem) return refuse(problem);

  const number = parse(written, defaultCountry as CountryCode);
  if (typeof number === 'string') return refuse(number);
  if (number.ext) return refuse('extension');
  if (!number.isPossible())
    return refuse(isShortCode(written, number.countryCallingCode) ? 'special' : lengthProblem(number.nationalNumber));
  const assigned = number.isValid();
  return {
    ok: true,
    e164: number.number,
    country: number.country,
    kind: kinds[number.getType() ?? 'none'] ?? 'unknown',
    assigned,
  };
}

/** Whether a text already is a number in the form we store. */
export const isE164 = (text: unknown): text is string => typeof text === 'string' && /^\+[1-9]\d{6,14}$/.test(text);

/** Unifies what looks alike: full-width and other digits, kinds of dashes and spaces, a `tel:` in front. */
function plainForm(text: string): string {
  return text
    .normalize('NFKC')
    .replace(/[\p{Cf}\p{Zs}\t\r\n]+/gu, ' ')
    .replace(/\p{Pd}|\u2212/gu, '-')
    .trim()
    .replace(/^tel:/i, '');
}

// Carriers spell a hidden caller as a word, or as that word on a telephone keypad behind a plus.
const withheldWords = ['anonymous', 'restricted', 'unknown', 'unavailable', 'private', 'withheld', 'blocked', 'nobody'];
const keypad = ['abc', 'def', 'ghi', 'jkl', 'mno', 'pqrs', 'tuv', 'wxyz'];
const onKeypad = (word: string): string =>
  [...word].map(letter => String(keypad.findIndex(letters => letters.includes(letter)) + 2)).join('');
const withheldForms = new Set(withheldWords.flatMap(word => [word, onKeypad(word), `+${onKeypad(word)}`]));

function problemOfForm(written: string): PhoneProblem | undefined {
  if (withheldForms.has(written.toLowerCase())) return 'withheld';
  if (/^[+-]?\d+([.,]\d+)?E[+-]?\d+$/i.test(written) || /^\+?\d{6,}[.,]0{1,2}$/.test(written))
    return 'spreadsheet-number';
  if (/^(sips?|client|whatsapp|mailto|https?):|@/i.test(written)) return 'address';
  if (/\d\D*([,;#]|\b(?:ext|extn|extension|x)\.?\s*\d)/i.test(written)) return extensionOrSeveral(written);
  if (/\d\D*\+/.test(written) || written.split(/[/|]/).filter(part => part.replace(/\D/g, '').length > 6).length > 1) {
    return 'several';
  }
  if (/\d/.test(written) && /\p{L}/u.test(written)) return 'letters';
  return /\d/.test(written) ? undefined : 'not-a-number';
}

/** Behind a comma, semicolon or "ext" stands another number, or up to six digits to be dialled after the answer. */
function extensionOrSeveral(written: string): PhoneProblem {
  const behind = written.replace(/^.*?\d[^,;#x]*/i, '').replace(/\D/g, '');
  return behind.length > 6 ? 'several' : 'extension';
}

function parse(written: string, defaultCountry: CountryCode) {
  try {
    return parsePhoneNumberWithError(written, { defaultCountry, extract: false });
  } catch (error) {
    if (!(error instanceof ParseError)) throw error;
    const problems: Record<string, PhoneProblem> = {
      TOO_SHORT: 'too-short',
      TOO_LONG: 'too-long',
      INVALID_COUNTRY: 'unknown-country',
    };
    return problems[error.message] ?? 'not-a-number';
  }
}

// Emergency, information and carrier service numbers have two to five digits everywhere; North America's N11 also come behind a +1.
const isShortCode = (written: string, callingCode: string): boolean => {
  const digits = written.replace(/\D/g, '');
  const national = written.startsWith('+') ? digits.slice(callingCode.length) : digits;
  return (
    /^(\d{2,5}|116\d{3})$/.test(national) &&
    (!written.startsWith('+') || /^[2-9]11$/.test(national) || national === '112')
  );
};

function lengthProblem(national: string): PhoneProblem {
  if (national.length < 7) return 'too-short';
  return national.length > 12 ? 'too-long' : 'wrong-length';
}

const kinds: Record<string, PhoneKind> = {
  FIXED_LINE: 'landline',
  MOBILE: 'mobile',
  FIXED_LINE_OR_MOBILE: 'landline-or-mobile',
  TOLL_FREE: 'toll-free',
  PREMIUM_RATE: 'premium',
  SHARED_COST: 'shared-cost',
  PERSONAL_NUMBER: 'personal',
  PAGER: 'pager',
  UAN: 'company',
  VOICEMAIL: 'voicemail',
  VOIP: 'voip',
};
