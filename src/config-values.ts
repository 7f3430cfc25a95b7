import ipaddr from 'ipaddr.js';

/** Kinds of configuration values: each turns the text of one variable into a value, or says what is wrong with it. */

/** A sentence fragment that follows the variable's name, such as `must be a whole number`. */
export class ValueProblem extends Error {}

export interface Kind<T> {
  readonly parse: (text: string) => T;
  /** How the allowed values read in the documentation. */
  readonly allowed: string;
}

const problem = (message: string): never => {
  throw new ValueProblem(message);
};

export const text = (options: { minLength?: number; maxLength?: number } = {}): Kind<string> => {
  const { minLength = 1, maxLength = 4096 } = options;
  return {
    allowed: minLength > 1 ? `text of at least ${minLength} characters` : 'text',
    parse: value => {
      if (value.length < minLength) problem(`must have at least ${minLength} characters`);
      if (value.length > maxLength) problem(`must have at most ${maxLength} characters`);
      return value;
    },
  };
};

export const pattern = (expression: RegExp, allowed: string): Kind<string> => ({
  allowed,
  parse: value => (expression.test(value) ? value : problem(`must be ${allowed}`)),
});

const between = (value: number, minimum: number, maximum: number, allowed: string): number =>
  value >= minimum && value <= maximum ? value : problem(`must be ${allowed}`);

export const integer = (minimum: number, maximum: number): Kind<number> => {
  const allowed = `a whole number from ${minimum} to ${maximum}`;
  return {
    allowed,
    parse: value =>
      /^-?\d{1,15}$/.test(value) ? between(Number(value), minimum, maximum, allowed) : problem(`must be ${allowed}`),
  };
};

export const number = (minimum: number, maximum: number): Kind<number> => {
  const allowed = `a number from ${minimum} to ${maximum}`;
  return {
    allowed,
    parse: value =>
      /^\d{1,12}(\.\d{1,6})?$/.test(value)
        ? between(Number(value), minimum, maximum, allowed)
        : problem(`must be ${allowed}`),
  };
};

export const flag: Kind<boolean> = {
  allowed: '`true` or `false`',
  parse: value => {
    if (/^(true|1|yes|on)$/i.test(value)) return true;
    if (/^(false|0|no|off)$/i.test(value)) return false;
    return problem('must be true or false');
  },
};

export const oneOf = <const T extends readonly string[]>(...values: T): Kind<T[number]> => ({
  allowed: values.map(value => `\`${value}\``).join(', '),
  parse: value => (values.includes(value) ? value : problem(`must be one of ${values.join(', ')}`)),
});

export const list = <T>(kind: Kind<T>): Kind<T[]> => ({
  allowed: `a comma-separated list of: ${kind.allowed}`,
  parse: value => {
    const parts = value
      .split(',')
      .map(part => part.trim())
      .filter(part => part !== '');
    return parts.length > 0 ? parts.map(kind.parse) : problem('must name at least one value');
  },
});

function parseUrl(value: string, protocols: readonly string[], allowed: string): URL {
  let url: URL;
  try {
    url = new URL(value);
  } catch {
    return problem(`must be ${allowed}`);
  }
  if (!protocols.includes(url.protocol.slice(0, -1)) || url.hostname === '') problem(`must be ${allowed}`);
  return url;
}

/** A base address: no query, no fragment, no credentials; a path prefix may stand, a closing slash is dropped. */
export const baseUrl = (...protocols: string[]): Kind<string> => {
  const allowed = `an address starting with ${protocols.map(each => `${each}://`).join(' or ')}`;
  return {
    allowed,
    parse: value => {
      const url = parseUrl(value, protocols, allowed);
      if (url.search || url.hash) problem('must have no query and no fragment');
      if (url.username || url.password) problem('must hold no user name and no password');
      return url.href.replace(/\/+$/, '');
    },
  };
};

/** A connection string that may hold credentials and options; only its protocol is checked here, the driver does the rest. */
export const connectionUrl = (...protocols: string[]): Kind<string> => {
  const allowed = `an address starting with ${protocols.map(each => `${each}://`).join(' or ')}`;
  return {
    allowed,
    // Several hosts with ports are legal in MongoDB's connection strings and illegal in URLs, so the URL parser is no judge.
    parse: value =>
      protocols.some(each => value.startsWith(`${each}://`) && value.length > each.length + 3)
        ? value
        : problem(`must be ${allowed}`),
  };
};

export const origin: Kind<string> = {
  allowed: 'an exact origin such as `https://desk.example.com`',
  parse: value => {
    const url = parseUrl(value, ['http', 'https'], 'an exact origin such as https://desk.example.com');
    return url.origin === value ? value : problem('must be an exact origin such as https://desk.example.com, no path');
  },
};

/** A time zone that this Node knows. */
export const timeZone: Kind<string> = {
  allowed: 'the name of a time zone, such as `Europe/Vienna`',
  parse: value => {
    try {
      new Intl.DateTimeFormat('en', { timeZone: value });
      return value;
    } catch {
      return problem('must be the name of a time zone, such as Europe/Vienna');
    }
  },
};

export const phone = pattern(/^\+[1-9]\d{6,14}$/, 'a phone number in E.164 form, such as +12125550100');

export const email = pattern(/^[^\s@,;<>"]{1,64}@[^\s@,;<>"]{1,190}$/, 'an e-mail address');

/** 32 random bytes as base64 (44 characters), for AES-256. */
export const key256: Kind<Buffer> = {
  allowed: '32 bytes as base64 (`openssl rand -base64 32`)',
  parse: value => {
    const bytes = Buffer.from(value, 'base64');
    const canonical = bytes.toString('base64').replace(/=+$/, '');
    const given = value.replaceAll('-', '+').replaceAll('_', '/').replace(/=+$/, '');
    return bytes.length === 32 && canonical === given ? bytes : problem('must be 32 bytes as base64');
  },
};

export interface Money {
  readonly amount: string;
  readonly currency: string;
}

export const money: Kind<Money> = {
  allowed: 'an amount with its currency, such as `500 USD`',
  parse: value => {
    const parts = /^(\d{1,12}(?:\.\d{1,6})?) ([A-Z]{3})$/.exec(value);
    return parts
      ? { amount: parts[1]!, currency: parts[2]! }
      : problem('must be an amount with its currency, such as 500 USD');
  },
};

/** Amounts by name, such as `+1=0.014 USD, other=0.05 USD`. */
export const prices = (names: RegExp, about: string): Kind<Readonly<Record<string, Money>>> => ({
  allowed: `a comma-separated list of ${about}=amount and currency`,
  parse: value => namedList(value, names, about, money.parse),
});

/** What one unit of other currencies is worth, such as `EUR=1.08`. */
export const rates: Kind<Readonly<Record<string, string>>> = {
  allowed: 'a comma-separated list of currency=rate, such as `EUR=1.08,GBP=1.27`',
  parse: value =>
    namedList(value, /^[A-Z]{3}$/, 'currency', text =>
      /^\d{1,6}(\.\d{1,9})?$/.test(text) && Number(text) > 0 ? text : problem('must give each currency a rate above 0'),
    ),
};

function namedList<T>(value: string, names: RegExp, about: string, parse: (text: string) => T): Record<string, T> {
  const found: Record<string, T> = {};
  for (const entry of value.split(',').map(part => part.trim())) {
    const at = entry.indexOf('=');
    const name = entry.slice(0, Math.max(0, at)).trim();
    if (!names.test(name)) problem(`must be a list of ${about}=value; ${JSON.stringify(entry.slice(0, 40))} is none`);
    found[name] = parse(entry.slice(at + 1).trim());
  }
  return found;
}

/** Who may say where a request came from: nobody, a number of hops, or proxies by address and range. */
export type TrustedProxies = false | number | string[];

export const trustedProxies: Kind<TrustedProxies> = {
  allowed: '`none`, a number of hops, or a list of addresses and ranges such as `10.0.0.0/8`',
  parse: value => {
    if (value === 'none' || value === '0') return false;
    if (/^\d{1,2}$/.test(value)) return Number(value);
    const ranges = value.split(',').map(part => part.trim());
    const wrong = ranges.find(range => !(range.includes('/') ? ipaddr.isValidCIDR(range) : ipaddr.isValid(range)));
    return wrong === undefined
      ? ranges
      : problem(`must be none, a number of hops, or addresses and ranges; ${wrong} is none of these`);
  },
};

/** The key of a Google service account as its file holds it: JSON with the account's address and its private key. */
export const serviceAccount: Kind<string> = {
  allowed: 'the JSON of a key file',
  parse: value => {
    let key: unknown;
    try {
      key = JSON.parse(value);
    } catch {
      problem('must be the JSON of a service account key');
    }
    const { client_email: email, private_key: privateKey } = (key ?? {}) as Record<string, unknown>;
    if (typeof email !== 'string' || !email.includes('@'))
      problem('has no client_email; it is the JSON of another thing');
    if (typeof privateKey !== 'string' || !privateKey.includes('PRIVATE KEY')) problem('has no private_key');
    return value;
  },
};
