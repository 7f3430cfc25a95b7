import {
  baseUrl,
  connectionUrl,
  email,
  flag,
  integer,
  type Kind,
  key256,
  list,
  money,
  number,
  oneOf,
  origin,
  pattern,
  phone,
  prices,
  rates,
  serviceAccount,
  type TrustedProxies,
  text,
  timeZone,
  trustedProxies,
} from './config-values.ts';

/** One environment variable: what it means, how it is read, what it is when unset. */
interface Variable<T> {
  readonly kind: Kind<T>;
  readonly about: string;
  readonly example: string;
  /** Used when unset. */
  readonly default?: T;
  /** How a default that depends on others reads in the documentation. */
  readonly defaultText?: string;
  /** Never logged, never shown. */
  readonly secret?: true;
}

type Extra<T> = Omit<Variable<T>, 'kind' | 'about' | 'example' | 'default'>;

/** A variable that always has a value. */
const required = <T>(kind: Kind<T>, fallback: T, example: string, about: string, extra: Extra<T> = {}) => ({
  kind,
  about,
  example,
  default: fallback,
  ...extra,
});

/** A variable that may be unset. */
const optional = <T>(kind: Kind<T>, example: string, about: string, extra: Extra<T> = {}) =>
  ({ kind, about, example, ...extra }) as Variable<T> & { readonly default?: never };

const secret = { secret: true } as const;

/** Every variable of the product, by group, in the order of `.env.example`. */
export const variableGroups = {
  server: {
    NODE_ENV: required(
      oneOf('development', 'production', 'test'),
      'development',
      'production',
      'How careful to be: production refuses what only suits a laptop.',
    ),
    PORT: required(integer(0, 65_535), 8000, '8000', 'Port of the server; 0 takes a free one.'),
    HOST: optional(text({ maxLength: 253 }), '127.0.0.1', 'Address to listen on.', {
      defaultText: '127.0.0.1 (0.0.0.0 in production)',
    }),
    SERVER_URL: optional(
      baseUrl('http', 'https'),
      'https://calls.example.com',
      'Public address of this installation, a path prefix allowed. Twilio and the agents reach us here.',
    ),
    SERVER_LOCATION: optional(
      text({ maxLength: 80 }),
      'Frankfurt',
      'Where this server stands; told to the agent as a variable.',
    ),
    TIME_ZONE: required(
      timeZone,
      'UTC',
      'America/New_York',
      'Time zone of figures where nobody names one: when today begins.',
    ),
    LOG_LEVEL: required(
      oneOf('fatal', 'error', 'warn', 'info', 'debug', 'trace'),
      'info',
      'debug',
      'How much is logged; an administrator can change it while running.',
    ),
    TRUST_PROXY: required<TrustedProxies>(
      trustedProxies,
      false,
      '10.0.0.0/8',
      'Which proxies in front of us may say who the client is.',
      { defaultText: 'none' },
    ),
    CORS_ORIGINS: optional(list(origin), 'https://desk.example.com', 'Other web origins whose pages may use the API.'),
    DRAIN_TIMEOUT_SECONDS: optional(integer(0, 86_400), '660', 'How long a stopping server waits for its live calls.', {
      defaultText: 'MAX_CALL_MINUTES × 60 + 60 in production, else 10',
    }),
    METRICS_TOKEN: optional(text({ minLength: 16 }), 'a-long-random-text', 'Bearer token for `/metrics`.', secret),
    RATE_LIMIT_PER_MINUTE: required(
      integer(1, 1_000_000),
      3000,
      '3000',
      'Requests a minute allowed to each user or key.',
    ),
  },
  data: {
    DATA_DIR: required(
      text(),
      '.data',
      '/var/lib/parley',
      'The one folder written to: embedded store, recordings, spools, generated secrets.',
    ),
    MONGODB_URI: optional(
      connectionUrl('mongodb', 'mongodb+srv'),
      'mongodb://db.example.com:27017/parley',
      'The MongoDB to use; unset, the embedded store is.',
      secret,
    ),
    EMBEDDED_STORE_MB: required(
      integer(256, 1_000_000),
      4096,
      '4096',
      'Most memory of the embedded store, which holds everything in it; a million contacts take about 5,000 MB.',
    ),
    MONGODB_POOL_MAX: required(integer(1, 1000), 50, '50', 'Most connections to MongoDB.'),
    STORE: optional(
      oneOf('embedded', 'mongodb'),
      'embedded',
      'Says which store is meant; `embedded` must be said in production.',
    ),
    REDIS_URL: optional(
      connectionUrl('redis', 'rediss'),
      'redis://cache.example.com:6379',
      'Redis, for several processes: live events, shared limits, cache, jobs.',
      secret,
    ),
    ENCRYPTION_KEY: optional(
      list(key256),
      'the output of: openssl rand -base64 32',
      'Seals recordings, stored secrets and the embedded store on disk; a list rotates, the first one writes.',
      secret,
    ),
    RETENTION_DAYS: required(integer(1, 3650), 30, '30', 'Days that audio and transcripts are kept.'),
    S3_ENDPOINT: optional(
      baseUrl('http', 'https'),
      'https://s3.eu-central-1.amazonaws.com',
      'S3-compatible storage for recordings; with it, all S3_ variables are needed.',
    ),
    S3_REGION: required(text({ maxLength: 64 }), 'auto', 'eu-central-1', 'Region of that storage.'),
    S3_BUCKET: optional(text({ maxLength: 255 }), 'parley-recordings', 'Bucket of that storage.'),
    S3_ACCESS_KEY: optional(text(), 'an access key id', 'Access key of that storage.', secret),
    S3_SECRET_KEY: optional(text(), 'a secret access key', 'Secret key of that storage.', secret),
  },
  identity: {
    JWT_SECRET: optional(
      text({ minLength: 32 }),
      'the output of: openssl rand -base64 48',
      'Signs access tokens; unset outside production, one is made and kept in DATA_DIR.',
      secret,
    ),
    API_KEY: optional(
      text({ minLength: 20 }),
      'a-long-random-text-of-your-own',
      'A static bearer key with the administrator role.',
      secret,
    ),
    ADMIN_EMAIL: required(email, 'admin@parley.example', 'you@example.com', 'E-mail of the first administrator.'),
    ADMIN_PASSWORD: optional(
      text({ minLength: 12, maxLength: 256 }),
      'twelve or more characters',
      'Password of the first administrator; counts only when that user is made. Unset, one is made and shown once.',
      secret,
    ),
    COMPANY_NAME: optional(
      text({ maxLength: 120 }),
      'Northwind Dental',
      "The seller's legal name, the default of campaigns.",
    ),
  },
  carrier: {
    TWILIO_ACCOUNT_SID: optional(
      pattern(/^AC[0-9a-f]{32}$/, 'a Twilio account SID: AC and 32 hexadecimal digits'),
      'AC and 32 hexadecimal digits',
      'Twilio account; unset, the sandbox carrier is used.',
    ),
    TWILIO_AUTH_TOKEN: optional(text({ minLength: 16 }), '32 hexadecimal digits', "That account's auth token.", secret),
    TWILIO_PHONE_NUMBER: optional(phone, '+12125550100', 'The number calls come from by default.'),
    TWILIO_API_BASE_URL: required(
      baseUrl('http', 'https'),
      'https://api.twilio.com',
      'http://127.0.0.1:8100',
      "Twilio's API, or a stand-in for it.",
    ),
    TWILIO_CPS: required(number(0.01, 1000), 1, '1', 'Calls a second the account may start.'),
    TWILIO_REGION: optional(
      pattern(/^[a-z]{2}\d$/, 'a region such as ie1'),
      'ie1',
      'Twilio region; needs TWILIO_EDGE.',
    ),
    TWILIO_EDGE: optional(
      pattern(/^[a-z-]{3,30}$/, 'an edge such as dublin'),
      'dublin',
      'Twilio edge; needs TWILIO_REGION.',
    ),
    AMD_TIMEOUT_SECONDS: required(integer(3, 59), 30, '30', 'How long Twilio listens for a machine.'),
    AMD_SPEECH_THRESHOLD_MS: required(integer(1000, 6000), 2400, '2400', 'Speech longer than this is a machine.'),
    AMD_SPEECH_END_THRESHOLD_MS: required(integer(500, 5000), 1200, '1200', 'Silence that ends a greeting.'),
    AMD_SILENCE_TIMEOUT_MS: required(
      integer(2000, 10_000),
      5000,
      '5000',
      'Silence at the start after which the verdict is unknown.',
    ),
    AMD_TREAT_UNKNOWN_AS_HUMAN: required(
      flag,
      false,
      'false',
      'Whether an unknown verdict counts as a person reached.',
    ),
  },
  engines: {
    ELEVENLABS_API_KEY: optional(
      text({ minLength: 8 }),
      'a key from your ElevenLabs workspace',
      'ElevenLabs key; unset, the sandbox agent is used.',
      secret,
    ),
    ELEVENLABS_AGENT_ID: optional(
      pattern(/^[A-Za-z0-9_-]{3,128}$/, 'an agent id such as agent_7101'),
      'agent_7101',
      'The agent of the first start.',
    ),
    ELEVENLABS_WEBHOOK_SECRET: optional(
      text({ minLength: 8 }),
      'the secret shown when the webhook was made',
      "Checks ElevenLabs' webhooks.",
      secret,
    ),
    ELEVENLABS_API_BASE_URL: required(
      baseUrl('http', 'https'),
      'https://api.elevenlabs.io',
      'https://api.eu.residency.elevenlabs.io',
      "ElevenLabs' API, by region, or a stand-in for it.",
    ),
    OPENAI_API_KEY: optional(
      text({ minLength: 8 }),
      'a key from your OpenAI project',
      'OpenAI key, for the engines that use it.',
      secret,
    ),
    OPENAI_BASE_URL: required(
      baseUrl('http', 'https'),
      'https://api.openai.com/v1',
      'https://api.openai.com/v1',
      "OpenAI's API, or one that speaks the same.",
    ),
  },
  google: {
    GOOGLE_SERVICE_ACCOUNT: optional(
      serviceAccount,
      'the JSON key of a service account, all of it',
      'Reads contacts from Google Sheets that are shared with this account. Its key file goes into GOOGLE_SERVICE_ACCOUNT_FILE.',
      secret,
    ),
    GOOGLE_SHEETS_BASE_URL: required(
      baseUrl('http', 'https'),
      'https://sheets.googleapis.com',
      'https://sheets.googleapis.com',
      "Google Sheets' API, or a stand-in for it.",
    ),
    GOOGLE_TOKEN_URL: required(
      baseUrl('http', 'https'),
      'https://oauth2.googleapis.com/token',
      'https://oauth2.googleapis.com/token',
      'Where the account gets its access from.',
    ),
  },
  calls: {
    SANDBOX: required(
      oneOf('auto', 'on', 'off'),
      'auto',
      'auto',
      'Which far ends are stood in for: `auto` those without credentials, `on` both, `off` none.',
    ),
    DEFAULT_COUNTRY: required(
      pattern(/^[A-Z]{2}$/, 'a country code of two capitals, such as US'),
      'US',
      'US',
      'Country of numbers written without +.',
    ),
    ALLOWED_COUNTRIES: optional(
      list(pattern(/^[A-Z]{2}$/, 'a country code of two capitals, such as US')),
      'US,CA',
      'Countries that may be called; unset, those whose rules about calling are known to us.',
      { defaultText: 'AU, CA, DE, FR, GB, US' },
    ),
    CALLS_PER_NUMBER_PER_DAY: required(
      integer(1, 3),
      1,
      '2',
      'Most calls to one number in any 24 hours, over all campaigns; of calls with a content class.',
    ),
    CALLS_PER_NUMBER_PER_WEEK: required(integer(1, 7), 3, '5', 'Most calls to one number in any 7 days, likewise.'),
    SELLER_REGISTRATIONS: optional(
      list(pattern(/^[A-Z]{2}:\d{4}-\d{2}-\d{2}$/, 'a state and the date of its document, such as FL:2026-03-01')),
      'FL:2026-03-01,TX:2026-05-10',
      'States in which the seller is registered for telephone sales, with the date of the document; FL, TX and WA ask for it.',
    ),
    MAX_CALL_MINUTES: required(number(0.5, 240), 10, '10', 'Longest call.'),
    MAX_CONCURRENT_CALLS: optional(integer(1, 100_000), '50', 'Most calls at once over all processes.', {
      defaultText: 'no limit of its own',
    }),
    INBOUND_RESERVE: required(integer(0, 100_000), 1, '1', 'How many of those are kept for inbound calls.'),
    OVERLOAD_DELAY_MS: required(
      integer(10, 3_600_000),
      100,
      '100',
      'New calls are refused while the event loop runs this late (99th percentile over 5 s).',
    ),
    OVERLOAD_MEMORY_PERCENT: required(
      integer(10, 100),
      80,
      '80',
      "New calls are refused above this share of the container's memory limit.",
    ),
    AGENT_READY_TIMEOUT_MS: required(
      integer(500, 60_000),
      6_000,
      '6000',
      'A caller whose agent is not ready after this hears an apology, and the call ends.',
    ),
    SLOW_FIRST_WORD_MS: required(
      integer(1, 60_000),
      2_000,
      '2000',
      'A call whose first word takes longer gets an event.',
    ),
    SLOW_TURN_MS: required(integer(1, 60_000), 3_000, '3000', 'A turn that takes longer gets an event.'),
    POST_CALL_FETCH_SECONDS: required(
      integer(5, 86_400),
      120,
      '120',
      "How long after a call ElevenLabs' report is waited for before it is fetched.",
    ),
    RECORD_CALLS: required(
      flag,
      false,
      'false',
      'Whether calls are recorded unless campaign or request say otherwise.',
    ),
    DELETE_CARRIER_RECORDINGS: required(
      flag,
      false,
      'true',
      "Whether the carrier's copy of a recording is deleted once ours is stored.",
    ),
    HOOKS_ALLOW_PRIVATE: required(
      flag,
      false,
      'false',
      'Whether outgoing webhooks may go to http addresses and into private networks.',
    ),
    COST_CURRENCY: required(
      pattern(/^[A-Z]{3}$/, 'a currency of three capitals, such as USD'),
      'USD',
      'USD',
      'Currency in which costs are added up.',
    ),
    CURRENCY_RATES: optional(
      rates,
      'EUR=1.08,GBP=1.27',
      'What one unit of other currencies is worth in COST_CURRENCY; what has no rate is kept on its call and not added.',
    ),
    CARRIER_PRICES: required(
      prices(/^(\+[1-9]\d{0,8}|inbound|other)$/, 'prefix'),
      {
        '+1': { amount: '0.014', currency: 'USD' },
        inbound: { amount: '0.0085', currency: 'USD' },
        other: { amount: '0.05', currency: 'USD' },
      },
      '+1=0.014 USD,+44=0.0158 USD,inbound=0.0085 USD,other=0.05 USD',
      'Estimated price of a minute, by the beginning of the number called; `inbound`, and `other` for the rest.',
      { defaultText: '+1=0.014 USD, inbound=0.0085 USD, other=0.05 USD' },
    ),
    ENGINE_PRICES: required(
      prices(/^[a-z][a-z-]{1,30}$/, 'engine'),
      { elevenlabs: { amount: '0.08', currency: 'USD' } },
      'elevenlabs=0.08 USD,other=0.1 USD',
      "Estimated price of an agent's minute, by engine; `other` for the rest.",
      { defaultText: 'elevenlabs=0.08 USD' },
    ),
    AMD_PRICE: required(
      money,
      { amount: '0.0075', currency: 'USD' },
      '0.0075 USD',
      'Price of detecting an answering machine, for each call; the carrier tells none by call.',
      { defaultText: '0.0075 USD' },
    ),
    RECORDING_PRICE: required(
      money,
      { amount: '0.0025', currency: 'USD' },
      '0.0025 USD',
      'Price of a recorded minute.',
      { defaultText: '0.0025 USD' },
    ),
    MONTHLY_BUDGET: optional(money, '500 USD', 'Most that all campaigns may spend in a calendar month.'),
  },
  rotation: {
    TWILIO_AUTH_TOKEN_PREVIOUS: optional(
      text({ minLength: 16 }),
      '32 hexadecimal digits',
      'Still accepted when checking signatures.',
      secret,
    ),
    ELEVENLABS_WEBHOOK_SECRET_PREVIOUS: optional(
      text({ minLength: 8 }),
      'the secret before the current one',
      'Still accepted when checking webhooks.',
      secret,
    ),
    JWT_SECRET_PREVIOUS: optional(
      text({ minLength: 32 }),
      'the secret before the current one',
      'Still accepted when checking access tokens.',
      secret,
    ),
  },
} as const satisfies Record<string, Record<string, Variable<never> | Variable<unknown>>>;

type Groups = typeof variableGroups;
type VariablesOf = { [G in keyof Groups]: Groups[G] }[keyof Groups];
type Merged = VariablesOf extends infer V
  ? (V extends unknown ? (x: V) => void : never) extends (x: infer I) => void
    ? I
    : never
  : never;
type ValueOf<V> = V extends { kind: Kind<infer T> } ? T : never;
type AlwaysSet = {
  [N in keyof Merged]: Merged[N] extends { default: infer D } ? (D extends undefined ? never : N) : never;
}[keyof Merged];

/** The values of all variables: those with a default are always there. */
export type Variables = { readonly [N in AlwaysSet]: ValueOf<Merged[N]> } & {
  readonly [N in Exclude<keyof Merged, AlwaysSet>]?: ValueOf<Merged[N]>;
};
export type VariableName = keyof Merged;

/** The same variables without their groups. */
export const variables = Object.assign({}, ...Object.values(variableGroups)) as Record<VariableName, Variable<unknown>>;
export const variableNames = Object.keys(variables) as VariableName[];
