import { meantBy } from './config-near-misses.ts';
import { type VariableName, type Variables, variableNames, variables } from './config-schema.ts';
import { ValueProblem } from './config-values.ts';

/** Which far ends are stood in for by the sandbox. */
export interface SandboxSides {
  readonly carrier: boolean;
  readonly agent: boolean;
}

/** Everything the product is told from outside, read once. */
export type Config = Omit<Variables, 'HOST' | 'DRAIN_TIMEOUT_SECONDS'> & {
  readonly HOST: string;
  readonly DRAIN_TIMEOUT_SECONDS: number;
  readonly production: boolean;
  readonly sandbox: SandboxSides;
};

export interface ConfigProblem {
  readonly variable: string;
  readonly problem: string;
  readonly example?: string;
}

/** All that is wrong with the configuration, together. */
export class ConfigError extends Error {
  readonly problems: readonly ConfigProblem[];

  constructor(problems: readonly ConfigProblem[]) {
    const lines = problems.map(
      ({ variable, problem, example }) =>
        `  ${variable} ${problem}${example ? `; for example: ${variable}=${example}` : ''}`,
    );
    super(`The configuration cannot be used:\n${lines.join('\n')}`);
    this.name = 'ConfigError';
    this.problems = problems;
  }
}

export type Environment = Readonly<Record<string, string | undefined>>;

const isSet = (value: string | undefined): value is string => value !== undefined && value.trim() !== '';

/** Reads every variable, or throws one ConfigError that lists all problems. `readFile` serves the `NAME_FILE` form. */
export function loadConfig(env: Environment, readFile: (path: string) => string): Config {
  const problems: ConfigProblem[] = [];
  const values: Partial<Record<VariableName, unknown>> = {};
  const complain = (variable: string, problem: string, example?: string) =>
    problems.push({ variable, problem, ...(example === undefined ? {} : { example }) });

  for (const name of variableNames) {
    const { kind, example, ...variable } = variables[name];
    const raw = textOf(env, name, readFile, complain);
    if (raw === undefined) {
      if (variable.default !== undefined) values[name] = variable.default;
      continue;
    }
    try {
      values[name] = kind.parse(raw);
    } catch (error) {
      if (!(error instanceof ValueProblem)) throw error;
      complain(name, error.message, example);
    }
  }
  for (const [name, value] of Object.entries(env)) {
    const bare = name.endsWith('_FILE') ? name.slice(0, -'_FILE'.length) : name;
    if (!isSet(value) || bare in variables) continue;
    const meant = meantBy(bare);
    if (meant && !isSet(env[meant])) complain(name, `is not a variable of Parley; write ${meant}`, undefined);
  }
  const config = complete(values as Variables);
  for (const rule of rules) rule(config, complain);
  if (problems.length > 0) throw new ConfigError(problems);
  return config;
}

type Complain = (variable: string, problem: string, example?: string) => void;

function textOf(
  env: Environment,
  name: VariableName,
  readFile: (path: string) => string,
  complain: Complain,
): string | undefined {
  const direct = env[name];
  const file = env[`${name}_FILE`];
  // An empty value counts as unset: compose files and hosting panels pass every variable on, filled in or not.
  if (!isSet(file)) return isSet(direct) ? direct.trim() : undefined;
  if (isSet(direct)) {
    complain(`${name}_FILE`, `is given beside ${name}; keep one of them`);
    return undefined;
  }
  try {
    const content = readFile(file.trim()).trim();
    if (content !== '') return content;
    complain(`${name}_FILE`, 'names an empty file');
  } catch {
    complain(`${name}_FILE`, 'names a file that cannot be read');
  }
  return undefined;
}

function complete(values: Variables): Config {
  const production = values.NODE_ENV === 'production';
  return {
    ...values,
    production,
    HOST: values.HOST ?? (production ? '0.0.0.0' : '127.0.0.1'),
    DRAIN_TIMEOUT_SECONDS:
      values.DRAIN_TIMEOUT_SECONDS ?? (production ? Math.ceil((values.MAX_CALL_MINUTES ?? 10) * 60) + 60 : 10),
    sandbox: {
      carrier:
        values.SANDBOX === 'on' ||
        (values.SANDBOX === 'auto' && !values.TWILIO_ACCOUNT_SID && !values.TWILIO_AUTH_TOKEN),
      agent: values.SANDBOX === 'on' || (values.SANDBOX === 'auto' && !values.ELEVENLABS_API_KEY),
    },
  };
}

const isLoopback = (url: string): boolean => /^(localhost|127(\.\d+){3}|\[::1\])$/.test(new URL(url).hostname);

/** All of a group or none of it. */
function together(config: Config, complain: Complain, names: readonly VariableName[], meaning: string): void {
  const missing = names.filter(name => config[name] === undefined);
  if (missing.length === 0 || missing.length === names.length) return;
  for (const name of missing) complain(name, `is missing: ${meaning}`, variables[name].example);
}

/** What several variables must agree on; each rule names the variable to change. */
const rules: readonly ((config: Config, complain: Complain) => void)[] = [
  (config, complain) =>
    together(
      config,
      complain,
      ['TWILIO_ACCOUNT_SID', 'TWILIO_AUTH_TOKEN'],
      'an account SID and its auth token belong together',
    ),
  (config, complain) => together(config, complain, ['TWILIO_REGION', 'TWILIO_EDGE'], 'region and edge belong together'),
  (config, complain) =>
    together(
      config,
      complain,
      ['S3_ENDPOINT', 'S3_BUCKET', 'S3_ACCESS_KEY', 'S3_SECRET_KEY'],
      'object storage needs endpoint, bucket and both keys',
    ),
  (config, complain) => {
    if (config.SANDBOX !== 'off') return;
    for (const name of ['TWILIO_ACCOUNT_SID', 'TWILIO_AUTH_TOKEN', 'ELEVENLABS_API_KEY'] as const) {
      if (!config[name]) complain(name, 'is missing: SANDBOX=off uses the real far ends only', variables[name].example);
    }
  },
  ({ sandbox, SANDBOX }, complain) => {
    // Real people would hear a toy agent.
    if (SANDBOX === 'auto' && !sandbox.carrier && sandbox.agent) {
      complain(
        'ELEVENLABS_API_KEY',
        'is missing: real calls are never answered by the sandbox agent; set the key, or SANDBOX=on to call nobody',
      );
    }
  },
  ({ sandbox, SERVER_URL }, complain) => {
    if (!sandbox.carrier && !SERVER_URL)
      complain('SERVER_URL', 'is missing: Twilio must know where to reach us', variables.SERVER_URL.example);
  },
  ({ production, SERVER_URL }, complain) => {
    if (production && SERVER_URL?.startsWith('http:') && !isLoopback(SERVER_URL)) {
      complain('SERVER_URL', 'must be https in production', variables.SERVER_URL.example);
    }
  },
  ({ production, JWT_SECRET }, complain) => {
    if (production && !JWT_SECRET)
      complain('JWT_SECRET', 'is missing: production needs one that all processes share', variables.JWT_SECRET.example);
  },
  ({ production, MONGODB_URI, STORE }, complain) => {
    if (STORE === 'embedded' && MONGODB_URI)
      complain('STORE', 'is embedded although MONGODB_URI is set; keep one of them');
    if (STORE === 'mongodb' && !MONGODB_URI)
      complain('MONGODB_URI', 'is missing: STORE=mongodb needs it', variables.MONGODB_URI.example);
    if (production && !MONGODB_URI && STORE !== 'embedded') {
      complain(
        'MONGODB_URI',
        'is missing: production needs it, or STORE=embedded to keep all data on this one machine',
        variables.MONGODB_URI.example,
      );
    }
  },
  (config, complain) => {
    const { COST_CURRENCY, CURRENCY_RATES = {} } = config;
    const tables = { CARRIER_PRICES: config.CARRIER_PRICES, ENGINE_PRICES: config.ENGINE_PRICES };
    const single = { AMD_PRICE: { it: config.AMD_PRICE }, RECORDING_PRICE: { it: config.RECORDING_PRICE } };
    for (const [name, table] of Object.entries({ ...tables, ...single })) {
      for (const { currency } of Object.values(table ?? {})) {
        if (currency === COST_CURRENCY || CURRENCY_RATES[currency]) continue;
        complain('CURRENCY_RATES', `must say what ${currency} is worth: ${name} is in it`, `${currency}=1.08`);
      }
    }
  },
  ({ MAX_CONCURRENT_CALLS, INBOUND_RESERVE }, complain) => {
    if (MAX_CONCURRENT_CALLS !== undefined && INBOUND_RESERVE >= MAX_CONCURRENT_CALLS) {
      complain('INBOUND_RESERVE', 'must be below MAX_CONCURRENT_CALLS, or no outbound call could ever start', '0');
    }
  },
];

/** Every secret value in use, for the log's last line of defence. */
export function secretValues(config: Config): string[] {
  return variableNames
    .filter(name => variables[name].secret)
    .flatMap(name => [config[name as keyof Config]].flat())
    .flatMap(value => (Buffer.isBuffer(value) ? value.toString('base64') : typeof value === 'string' ? value : []));
}
