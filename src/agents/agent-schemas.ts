import { type Static, Type } from 'typebox';
import { engineKinds } from '../engines/engine-contract.ts';
import { Id, Nullable, OneOf, Strict, Timestamp } from '../ops/schemas.ts';
import { amdModes, machineActions } from './agents.types.ts';

const Text = (maxLength: number, options: Record<string, unknown> = {}) =>
  Type.String({ minLength: 1, maxLength, pattern: '\\S', ...options });
const Milliseconds = (minimum: number, maximum: number) => Type.Optional(Type.Integer({ minimum, maximum }));

const AmdSchema = Strict({
  mode: Type.Optional(OneOf(amdModes)),
  onMachine: Type.Optional(OneOf(machineActions)),
  message: Type.Optional(
    Text(1000, {
      description:
        'Spoken after the beep, or the address of a recording that is played; without one the agent speaks for itself.',
    }),
  ),
  timeoutSeconds: Type.Optional(Type.Integer({ minimum: 3, maximum: 59 })),
  speechThresholdMs: Milliseconds(1000, 6000),
  speechEndThresholdMs: Milliseconds(500, 5000),
  silenceTimeoutMs: Milliseconds(2000, 10_000),
});

const OverridesSchema = Strict({
  firstMessage: Type.Optional(Type.String({ maxLength: 2000, description: 'Empty: the agent waits for the caller.' })),
  prompt: Type.Optional(Text(20_000)),
  language: Type.Optional(Type.String({ pattern: '^[a-z]{2}(-[A-Za-z]{2,8})?$' })),
  voiceId: Type.Optional(Text(128)),
});

const settings = {
  name: Text(120),
  vendorAgentId: Type.String({ pattern: '^[A-Za-z0-9_-]{3,128}$', description: "The agent's id at its vendor." }),
  overrides: OverridesSchema,
  callerId: Nullable(
    Type.String({ pattern: '^\\+[1-9]\\d{6,14}$', description: 'The number of ours that its calls come from.' }),
  ),
  speaksAs: Nullable(Text(120, { description: 'Whom it says it is.' })),
  business: Nullable(Text(200, { description: 'The business it speaks for; COMPANY_NAME when null.' })),
  amd: Nullable(AmdSchema),
  record: Nullable(Type.Boolean({ description: 'Whether its calls are recorded; RECORD_CALLS when null.' })),
  maxMinutes: Nullable(Type.Number({ minimum: 0.5, maximum: 240 })),
  silenceSeconds: Nullable(Type.Number({ minimum: 2, maximum: 120 })),
  farewell: Nullable(Text(500, { description: 'Said before we end a call at a limit.' })),
};
const { name, vendorAgentId, ...others } = settings;

export const ChangeBody = Strict(
  {
    ...Type.Partial(Strict(settings)).properties,
    version: Type.Optional(
      Type.Integer({
        minimum: 1,
        description: 'The version you read; refused with VERSION_CONFLICT when it is not the current one.',
      }),
    ),
  },
  { minProperties: 1, examples: [{ version: 1, maxMinutes: 5, overrides: { language: 'en' } }] },
);

export const NewBody = Strict(
  {
    name,
    vendorAgentId,
    engine: Type.Optional(OneOf(engineKinds, { default: 'elevenlabs' })),
    ...Type.Partial(Strict(others)).properties,
  },
  { examples: [{ name: 'Reception', vendorAgentId: 'agent_7101', business: 'Example Dental' }] },
);

const FormatSchema = Strict({ encoding: OneOf(['mulaw', 'pcm16']), sampleRate: Type.Integer() });
const OverrideName = OneOf(['firstMessage', 'prompt', 'language', 'voiceId']);

const VendorSchema = Strict(
  {
    name: Type.String(),
    firstMessage: Nullable(Type.String()),
    input: Nullable(FormatSchema),
    output: Nullable(FormatSchema),
    variables: Type.Array(Type.String(), { description: 'Variables that its texts and tools expect.' }),
    permitted: Type.Array(OverrideName, { description: 'Fields that the vendor lets calls replace.' }),
    languages: Type.Array(Type.String(), {
      description:
        'Languages it speaks, its own first. Calls to people of one of these are held in it, others in its own.',
    }),
    maxSeconds: Nullable(Type.Number()),
    endsSilenceAfterSeconds: Nullable(
      Type.Number({
        description:
          'It ends silent calls itself after so long; where that is sooner than we would, we leave silences to it.',
      }),
    ),
  },
  {
    description:
      'What the vendor said of its agent when it was last read. Prompt, voice, knowledge and tools stay with the vendor.',
  },
);

export const AgentSchema = Strict({
  id: Id,
  version: Type.Integer(),
  engine: OneOf(engineKinds),
  ...settings,
  vendor: Nullable(VendorSchema),
  createdAt: Timestamp,
  updatedAt: Timestamp,
});

const Said = OneOf(['seller', 'ai', 'recording', 'way-out']);

export const FirstMessageSchema = Strict(
  {
    text: Nullable(Type.String({ description: 'Null where it waits for the caller, or could not be read.' })),
    said: Type.Array(Said),
    missing: Type.Array(Said, {
      description: 'What a call of ours must open with and this does not say; in doubt something is missing.',
    }),
  },
  { description: 'What people hear first, and whether it says who calls, that it is an AI, and how to stop calls.' },
);

export const firstMessageExample: Static<typeof FirstMessageSchema> = {
  text: 'Hello, this is Nova, an AI assistant calling for {{company_name}}.',
  said: ['seller', 'ai'],
  missing: ['way-out'],
};

export const VersionSchema = Strict({
  version: Type.Integer(),
  savedAt: Timestamp,
  profile: Strict({
    id: Id,
    version: Type.Integer(),
    engine: OneOf(engineKinds),
    ...settings,
    audio: Nullable(Strict({ input: FormatSchema, output: FormatSchema })),
    variables: Type.Array(Type.String()),
    permitted: Type.Array(OverrideName),
    languages: Type.Optional(Type.Array(Type.String(), { description: 'Absent from versions of older releases.' })),
    firstMessage: Nullable(Type.String()),
    vendorMaxSeconds: Nullable(Type.Number()),
    vendorSilenceSeconds: Nullable(Type.Number()),
  }),
});

export const SyncSchema = Strict(
  {
    vendorAgents: Type.Array(
      Strict({ engine: OneOf(engineKinds), id: Type.String(), name: Type.String(), agentIds: Type.Array(Id) }),
      { description: 'Every agent of the vendor, with the agents of ours that speak through it.' },
    ),
    agents: Type.Array(
      Strict({ id: Id, version: Type.Integer(), changed: Type.Boolean(), problem: Nullable(Type.String()) }),
      { description: 'Every agent of ours, with what is wrong between it and the vendor.' },
    ),
  },
  {
    examples: [
      {
        vendorAgents: [
          { engine: 'elevenlabs', id: 'agent_7101', name: 'Reception', agentIds: ['6740a1b2c3d4e5f607182930'] },
        ],
        agents: [{ id: '6740a1b2c3d4e5f607182930', version: 2, changed: true, problem: null }],
      },
    ],
  },
);

export const agentExample: Static<typeof AgentSchema> = {
  id: '6740a1b2c3d4e5f607182930',
  version: 1,
  name: 'Reception',
  engine: 'elevenlabs',
  vendorAgentId: 'agent_7101',
  overrides: {},
  callerId: null,
  speaksAs: 'Nova',
  business: 'Example Dental',
  amd: { mode: 'detect', onMachine: 'hang-up' },
  record: null,
  maxMinutes: 5,
  silenceSeconds: null,
  farewell: null,
  vendor: {
    name: 'Reception',
    firstMessage: 'Hello, this is Nova, an AI assistant calling for {{company_name}}.',
    input: { encoding: 'mulaw', sampleRate: 8000 },
    output: { encoding: 'mulaw', sampleRate: 8000 },
    variables: ['company_name'],
    permitted: ['firstMessage', 'language'],
    languages: ['en', 'es'],
    maxSeconds: 600,
    endsSilenceAfterSeconds: null,
  },
  createdAt: '2026-11-20T13:30:00.000Z',
  updatedAt: '2026-11-20T13:30:00.000Z',
};
