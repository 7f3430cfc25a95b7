import { parseArgs } from 'node:util';
import { loadNumbers } from './load-numbers.ts';
import type { LoadOrder } from './load-order.ts';
import type { Credentials } from './load-target.ts';
import type { Thresholds } from './load-verdict.ts';

/** What a load test was asked to do on its command line. */
export interface LoadSettings {
  readonly product: string;
  readonly credentials: Credentials;
  readonly order: Omit<LoadOrder, 'voiceUrl' | 'statusCallback'>;
  readonly thresholds: Thresholds;
  readonly json: boolean;
}

const shares = { talking: 1, mixed: 0.1, idle: 0 } as const;
function parsed(args: string[]) {
  const text = { type: 'string' } as const;
  const { values } = parseArgs({
    args,
    options: {
      ...{ product: text, calls: text, ramp: text, minutes: text, key: text, email: text, password: text, to: text },
      ...{ people: { ...text, default: 'talking' }, silence: { ...text, default: 'steady' } },
      'silence-share': { ...text, default: '90' },
      ...{ direction: { ...text, default: 'inbound' }, 'call-seconds': text },
      ...{ 'max-failures': { ...text, default: '1' }, 'max-loss': { ...text, default: '0.1' } },
      ...{ 'max-p95': text, 'max-p99': text, 'max-first-sound': text, 'max-memory': text },
      ...{ json: { type: 'boolean', default: false }, help: { type: 'boolean', default: false } },
    },
  });
  return values;
}
type Values = ReturnType<typeof parsed>;

function number(values: Values, name: keyof Values, least: number, most: number): number | undefined {
  const raw = values[name];
  if (raw === undefined) return undefined;
  const value = raw === '' ? Number.NaN : Number(raw);
  if (!(value >= least && value <= most))
    throw new Error(`--${name} ${raw}: expected a number from ${least} to ${most}`);
  return value;
}
function needed(values: Values, name: keyof Values, least: number, most: number): number {
  const value = number(values, name, least, most);
  if (value === undefined) throw new Error(`--${name} is missing`);
  return value;
}
function oneOf<T extends string>(name: string, raw: string, allowed: readonly T[]): T {
  if (!(allowed as readonly string[]).includes(raw))
    throw new Error(`--${name} ${raw}: expected ${allowed.join(', ')}`);
  return raw as T;
}

function orderFrom(values: Values): Omit<LoadOrder, 'voiceUrl' | 'statusCallback'> {
  const callSeconds = number(values, 'call-seconds', 1, 86_400);
  const calls = needed(values, 'calls', 1, 20_000);
  const direction = oneOf('direction', values.direction, ['inbound', 'outbound']);
  if (!Number.isInteger(calls)) throw new Error(`--calls ${calls}: expected a whole number`);
  if (direction === 'outbound' && calls > loadNumbers)
    throw new Error(
      `--calls ${calls}: there are ${loadNumbers} numbers to call; start several load tests one after the other`,
    );
  return {
    calls,
    rampSeconds: needed(values, 'ramp', 0, 3_600),
    holdSeconds: needed(values, 'minutes', 0.02, 1_440) * 60,
    talking: shares[oneOf('people', values.people, ['talking', 'mixed', 'idle'])],
    silenceShare: needed(values, 'silence-share', 0, 100) / 100,
    silence: oneOf('silence', values.silence, ['steady', 'sparse']),
    direction,
    ...(callSeconds === undefined ? {} : { callSeconds }),
    ...(values.to === undefined ? {} : { to: values.to }),
  };
}

function thresholdsFrom(values: Values): Thresholds {
  const limits = {
    maxP95: number(values, 'max-p95', 0, 60_000),
    maxP99: number(values, 'max-p99', 0, 60_000),
    maxFirstSound: number(values, 'max-first-sound', 0, 60_000),
    maxMemoryMib: number(values, 'max-memory', 1, 1_000_000),
  };
  return {
    maxFailures: needed(values, 'max-failures', 0, 100),
    maxLoss: needed(values, 'max-loss', 0, 100),
    ...(Object.fromEntries(Object.entries(limits).filter(([, value]) => value !== undefined)) as Partial<Thresholds>),
  };
}

/** Reads command line and environment, or throws a sentence about what is missing or wrong; `help` asks for the usage. */
export function readSettings(args: string[], env: Readonly<Record<string, string | undefined>>): LoadSettings | 'help' {
  const values = parsed(args);
  if (values.help) return 'help';
  const { product } = values;
  if (!product) throw new Error('--product is missing');
  if (!URL.canParse(product) || !/^https?:/.test(product))
    throw new Error(`--product ${product}: expected an address such as http://127.0.0.1:8000`);
  const key = values.key ?? (values.email ? undefined : env['API_KEY']);
  const email = values.email ?? env['ADMIN_EMAIL'];
  const password = values.password ?? env['ADMIN_PASSWORD'];
  const carrierAuthToken = env['TWILIO_AUTH_TOKEN'];
  const settings: LoadSettings = {
    product,
    order: orderFrom(values),
    thresholds: thresholdsFrom(values),
    json: values.json,
    credentials: {
      ...(key ? { key } : {}),
      ...(!key && email && password ? { email, password } : {}),
      ...(carrierAuthToken ? { carrierAuthToken } : {}),
    },
  };
  if (!key && !(email && password)) throw new Error('give --key, or --email and --password, of an administrator');
  return settings;
}
