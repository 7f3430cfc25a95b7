import { Type } from 'typebox';
import { amdModes, machineActions } from '../agents/agents.types.ts';
import { contentClasses } from '../compliance/dial-facts.ts';
import { refusalCodes } from '../compliance/verdict.ts';
import { Id, Nullable, OneOf, Strict, Timestamp } from '../ops/schemas.ts';
import { callDirections, callOutcomes, callStates, terminationSources } from './call-state.ts';
import { costParts } from './cost-protocol.ts';

const recordingStatesOfCalls = [
  'off',
  'requested',
  'recording',
  'recorded',
  'stored',
  'absent',
  'failed',
  'expired',
  'erased',
] as const;

const Text = Nullable(Type.String());
const Open = Type.Record(Type.String(), Type.Unknown());
const VariableValue = Type.Union([Type.String(), Type.Number(), Type.Boolean()]);
const Phone = Type.String({ minLength: 1, maxLength: 100 });

const milliseconds = (minimum: number, maximum: number) => Type.Optional(Type.Integer({ minimum, maximum }));

/** What is done about answering machines, as far as one call wants it otherwise. */
const AmdWish = Strict({
  mode: Type.Optional(OneOf(amdModes, { description: 'wait-for-end waits for the end of a greeting.' })),
  onMachine: Type.Optional(OneOf(machineActions)),
  message: Type.Optional(
    Type.String({
      minLength: 1,
      maxLength: 1000,
      description: 'Spoken after the beep, or the address of a recording that is played; without one the agent speaks.',
    }),
  ),
  timeoutSeconds: Type.Optional(Type.Integer({ minimum: 3, maximum: 59 })),
  speechThresholdMs: milliseconds(1000, 6000),
  speechEndThresholdMs: milliseconds(500, 5000),
  silenceTimeoutMs: milliseconds(2000, 10_000),
});

/** Body of `POST /api/calls` and of `POST /api/calls/verdict`. */
export const CallOrderSchema = Strict(
  {
    to: Phone,
    agentId: Type.Optional(Id),
    from: Type.Optional(Phone),
    variables: Type.Optional(Type.Record(Type.String(), VariableValue)),
    record: Type.Optional(Type.Boolean()),
    amd: Type.Optional(AmdWish),
    maxMinutes: Type.Optional(Type.Number({ minimum: 0.5, maximum: 240 })),
    contentClass: Type.Optional(
      OneOf(contentClasses, {
        description: 'Without one, whoever asks vouches for the consent of whoever is called.',
      }),
    ),
    emergencyReason: Type.Optional(
      Type.String({
        minLength: 1,
        maxLength: 500,
        pattern: '\\S',
        description: 'Needed with the contentClass emergency.',
      }),
    ),
  },
  { examples: [{ to: '+12125550100', variables: { caller_name: 'Ada' }, maxMinutes: 5 }] },
);

const Amount = { amount: Type.String({ description: 'Exact decimal text.' }), currency: Type.String() };

const Cost = Strict(
  {
    ...Amount,
    estimated: Type.Boolean({
      description: 'A part comes from the price table; the vendor has not told it, or never does.',
    }),
    missingRates: Type.Array(Type.String(), {
      description: 'Currencies of parts that are not in the sum, because CURRENCY_RATES does not name them.',
    }),
    parts: Type.Array(Strict({ part: OneOf(costParts), ...Amount, estimated: Type.Boolean() })),
  },
  {
    description: 'Null until the call has ended, and where nobody was dialled.',
    examples: [
      {
        amount: '0.054',
        currency: 'USD',
        estimated: false,
        missingRates: [],
        parts: [
          { part: 'carrier', amount: '0.014', currency: 'USD', estimated: false },
          { part: 'engine', amount: '0.04', currency: 'USD', estimated: false },
        ],
      },
    ],
  },
);

const callFields = {
  id: Id,
  sid: Nullable(Type.String({ description: "The carrier's id; null until its answer arrived." })),
  seq: Type.Integer({ description: 'Grows with every change; events of live connections carry it, too.' }),
  attemptId: Id,
  direction: OneOf(callDirections),
  to: Type.String(),
  from: Type.String(),
  status: OneOf(callStates),
  outcome: Nullable(OneOf(callOutcomes)),
  result: Type.String(),
  createdAt: Timestamp,
  answeredAt: Nullable(Timestamp),
  endedAt: Nullable(Timestamp),
  durationSeconds: Nullable(Type.Number()),
  answeredBy: Text,
  terminationSource: Nullable(OneOf(terminationSources)),
  terminationReason: Text,
  cause: Nullable(Open),
  conversationId: Text,
  agentId: Nullable(Id),
  agentVersion: Nullable(Type.Integer()),
  engine: Text,
  contactId: Nullable(Id),
  contactName: Text,
  campaignId: Nullable(Id),
  campaignName: Nullable(
    Type.String({
      description: 'As the campaign was named when the call was placed; it stays when the campaign is deleted.',
    }),
  ),
  attempt: Nullable(
    Type.Integer({ description: 'Which try at its person in its campaign it is, from 1; null of other calls.' }),
  ),
  contentClass: Text,
  requestedBy: Text,
  variables: Open,
  policy: Nullable(Open),
  amd: Nullable(Open),
  firstTurn: Nullable(Open),
  flags: Type.Array(
    Strict({
      kind: Type.String(),
      level: OneOf(['urgent', 'attention']),
      reason: Type.String(),
      at: Timestamp,
    }),
    {
      description:
        'Why a person should look at the live call, urgent ones first; once it has ended, all the reasons there were.',
      examples: [
        [{ kind: 'opt-out', level: 'urgent', reason: 'Asked not to be called', at: '2026-11-20T13:31:12.000Z' }],
      ],
    },
  ),
  latency: Nullable(Open),
  media: Nullable(Open),
  recording: OneOf(recordingStatesOfCalls, {
    description:
      '`recorded` the carrier has it · `stored` it can be heard here · `expired` it was kept as long as RETENTION_DAYS says.',
  }),
  recordingInfo: Nullable(Open),
  erasedAt: Nullable(Timestamp),
  transferredTo: Nullable(Type.String({ description: 'The number that took the call from the agent.' })),
  transferReason: Nullable(
    Type.String({
      description: 'Why the last transfer came to nothing: `busy`, `no-answer`, `failed`, `refused`, `not-taken`.',
    }),
  ),
  transfer: Nullable(
    Strict({
      state: OneOf(['dialling', 'joined', 'ended', 'failed']),
      to: Type.String(),
      mode: OneOf(['warm', 'blind']),
      by: Text,
      at: Nullable(Timestamp),
      answeredAt: Nullable(Timestamp),
      seconds: Nullable(Type.Number()),
      reason: Text,
    }),
  ),
  resumes: Type.Integer(),
  capabilities: Type.Array(Type.String(), { description: 'Commands that this call takes.' }),
  cost: Nullable(Cost),
};

/** A call in a list. */
export const CallSchema = Strict(callFields);

const RuleSchema = Strict({
  rule: Type.String(),
  result: OneOf(['passed', 'warned', 'refused', 'unknown']),
  code: Nullable(OneOf(refusalCodes)),
  message: Text,
  evidence: Open,
});

export const VerdictSchema = Strict({
  allowed: Type.Boolean(),
  code: Nullable(OneOf(refusalCodes)),
  rule: Text,
  message: Text,
  permanent: Type.Boolean({ description: 'Whether waiting will not help.' }),
  dueAt: Nullable(
    Type.String({
      format: 'date-time',
      description: 'When it may be dialled, as far as only waiting is needed; else null.',
    }),
  ),
  at: Timestamp,
  policyVersion: Type.String(),
  subject: Strict({ to: Text, from: Text, contentClass: Text, vouchedBy: Text }),
  rules: Type.Array(RuleSchema),
});

const Judged = { id: Type.String(), rationale: Text };

const Analysis = Strict(
  {
    title: Text,
    success: Nullable(OneOf(['success', 'failure', 'unknown'])),
    criteria: Type.Array(Strict({ ...Judged, result: Type.String() })),
    collected: Type.Array(
      Strict({
        ...Judged,
        value: Type.Union([Type.String(), Type.Number(), Type.Boolean(), Type.Null()]),
      }),
    ),
    language: Text,
  },
  { description: 'What the agent’s vendor made of the call, once it has told.' },
);

/** One call with everything that is known of it. */
export const CallDetailSchema = Strict({
  ...callFields,
  verdict: Type.Optional(Nullable(Open)),
  summary: Type.Optional(Text),
  analysis: Type.Optional(Nullable(Analysis)),
  activity: Type.Optional(
    Strict({
      agent: OneOf(['connecting', 'speaking', 'listening', 'thinking', 'using-tool', 'person']),
      step: Type.Optional(Type.String()),
      lastActivityAt: Nullable(Timestamp),
    }),
  ),
  people: Type.Optional(
    Type.Array(
      Strict({ id: Type.String(), name: Type.String(), mode: OneOf(['listening', 'speaking']), since: Timestamp }),
      { description: 'Colleagues who are with the live call, as far as the asked process holds it.' },
    ),
  ),
});

const placedExample = {
  call: {
    id: '6740a1b2c3d4e5f60718293a',
    sid: 'CA00000000000000000000000000000003',
    attemptId: '6740a1b2c3d4e5f60718293a',
    direction: 'outbound',
    to: '+12125550100',
    from: '+14155550123',
    status: 'queued',
    createdAt: '2026-11-20T13:30:00.000Z',
  },
};

/** A page of calls. */
export const CallListSchema = Strict(
  { items: Type.Array(CallSchema), nextCursor: Nullable(Type.String()) },
  {
    examples: [{ items: [{ ...placedExample.call, status: 'completed', outcome: 'conversation' }], nextCursor: null }],
  },
);

export const OneCall = Strict({ call: CallDetailSchema }, { examples: [placedExample] });
