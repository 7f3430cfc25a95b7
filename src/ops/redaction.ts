/**
 * What may reach a log line. Everything logged passes through here: a forgotten field shows up masked, not bare.
 * The walk is bounded, so a huge object cannot stall the process that logs it.
 */

/** Values under these names are never logged, whatever they hold. */
const sensitiveName =
  /^(.*(token|secret|password|passwd|authorization|cookie|signature|apikey|api_key|encryptionkey|privatekey)|jwt|key|name|firstname|lastname|callername|contactname|email|customfields|custom_fields|variables|dynamicvariables|arguments|args|parameters|tool_parameters|transcript|turns|text|heardtext|body|rawbody|payload|audio|summary|note)$/i;

/** Ids and codes that end like a sensitive name but are needed to follow a call or find a place in the code. */
const harmlessName =
  /^(component|hostname|job|jobName|queue|event|code|codeName|collection|command|variable|errorName|tokenCount|route)$/;

const phoneLike = /(?<![\w.:-])\+?\d(?:[ ().-]{0,2}\d){8,14}(?![\w:-])/g;
const bareE164 = /\+\d{7,15}/g;
const emailLike = /[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63})+/g;
const tokenLike = /\b(?:eyJ[\w-]{8,}\.[\w-]+\.[\w-]*|(?:Bearer|Basic)\s+[\w.~+/=-]{8,}|cvtkn_\w+)/g;
const urlSecrets = /\b([a-z][a-z\d+.-]*:\/\/)[^\s/@]{1,512}@/gi;
const queryPart = /\?(?=[\w.~%-]+=)[^\s"'#]*/g;

/** A phone number as logs show it: only the last two digits. */
export function maskPhone(phone: string): string {
  const digits = phone.replace(/\D/g, '');
  return `•••${digits.slice(-2)}`;
}

export interface Redactor {
  text(value: string): string;
  fields(value: Record<string, unknown>): Record<string, unknown>;
}

const maxDepth = 6;
const maxEntries = 64;
const maxText = 4096;

/** Makes a redactor that also knows the installation's own secrets by value. */
export function createRedactor(secrets: readonly string[] = []): Redactor {
  const known = secrets.filter(secret => secret.length >= 6).sort((a, b) => b.length - a.length);

  const text = (value: string): string => {
    let clean = value.length > maxText ? `${value.slice(0, maxText)}… (${value.length} characters)` : value;
    for (const secret of known) if (clean.includes(secret)) clean = clean.replaceAll(secret, '«secret»');
    return clean
      .replace(urlSecrets, '$1«credentials»@')
      .replace(queryPart, '?…')
      .replace(tokenLike, '«token»')
      .replace(emailLike, '«e-mail»')
      .replace(bareE164, maskPhone)
      .replace(phoneLike, maskPhone);
  };

  const clean = (value: unknown, depth: number): unknown => {
    if (typeof value === 'string') return text(value);
    if (value === null || typeof value !== 'object') return typeof value === 'bigint' ? String(value) : value;
    if (value instanceof Date) return value;
    if (value instanceof Error) return errorFields(value, depth);
    if (ArrayBuffer.isView(value)) return `«${value.byteLength} bytes»`;
    if (depth >= maxDepth) return '«deeper»';
    if (Array.isArray(value)) return value.slice(0, maxEntries).map(each => clean(each, depth + 1));
    const id = (value as { toHexString?: unknown }).toHexString;
    if (typeof id === 'function') return String(value);
    return fieldsOf(value as Record<string, unknown>, depth);
  };

  const fieldsOf = (object: Record<string, unknown>, depth: number): Record<string, unknown> => {
    const result: Record<string, unknown> = {};
    for (const [name, value] of Object.entries(object).slice(0, maxEntries)) {
      const hidden = sensitiveName.test(name) && !harmlessName.test(name) && value !== undefined && value !== null;
      result[name] = hidden && typeof value !== 'boolean' ? '«hidden»' : clean(value, depth + 1);
    }
    return result;
  };

  const errorFields = (error: Error, depth: number): Record<string, unknown> => {
    const { code, cause } = error as Error & { code?: unknown };
    return {
      type: error.constructor.name,
      message: text(error.message),
      ...(typeof code === 'string' || typeof code === 'number' ? { code } : {}),
      ...(error.stack ? { stack: text(error.stack) } : {}),
      ...(cause instanceof Error && depth < 3 ? { cause: errorFields(cause, depth + 1) } : {}),
    };
  };

  return { text, fields: object => fieldsOf(object, 0) };
}
