import { Type } from 'typebox';
import { amdModes, machineActions } from '../agents/agents.types.ts';
import { contentClasses } from '../compliance/dial-facts.ts';
import { Id, ListOf, Nullable, OneOf, Strict, Timestamp } from '../ops/schemas.ts';
import { campaignStates, contactStates } from './campaign-state.ts';

const Text = (maxLength: number, options: Record<string, unknown> = {}) =>
  Type.String({ minLength: 1, maxLength, pattern: '\\S', ...options });
const Phone = Type.String({ minLength: 1, maxLength: 40 });

const Window = Strict({
  day: Type.Integer({ minimum: 0, maximum: 6, description: '0 is Sunday.' }),
  from: Type.String({ maxLength: 5, description: 'HH:MM' }),
  to: Type.String({ maxLength: 5, description: 'HH:MM; 24:00 is the end of the day.' }),
});

const ScheduleSchema = Strict({
  timeZone: Type.Optional(Type.String({ maxLength: 64, description: '`contact` (when left out), or an IANA name.' })),
  windows: Type.Array(Window, { maxItems: 100 }),
  startsAt: Type.Optional(Nullable(Type.String({ maxLength: 40 }))),
  endsAt: Type.Optional(Nullable(Type.String({ maxLength: 40 }))),
  holidays: Type.Optional(
    Type.Array(Type.String({ maxLength: 40 }), {
      maxItems: 200,
      description: 'Days such as 2026-12-24, or calendars such as US.',
    }),
  ),
});

export const retryOutcomes = [
  'busy',
  'no-answer',
  'voicemail',
  'failed',
  'message-left',
  'canceled',
  'abandoned',
] as const;
const Waits = Type.Array(Type.Integer({ minimum: 1, maximum: 60 * 24 * 60 }), { minItems: 1, maxItems: 10 });

const RetrySchema = Strict({
  maxAttempts: Type.Integer({ minimum: 1, maximum: 10 }),
  afterMinutes: Type.Optional(
    Strict(Object.fromEntries(retryOutcomes.map(outcome => [outcome, Type.Optional(Waits)])) as Record<string, never>, {
      description: 'Minutes to the next attempt, by outcome and by how many ended like this; the last one repeats.',
    }),
  ),
});

const milliseconds = (minimum: number, maximum: number) => Type.Optional(Type.Integer({ minimum, maximum }));
const AmdSchema = Strict({
  mode: Type.Optional(OneOf(amdModes)),
  onMachine: Type.Optional(OneOf(machineActions)),
  message: Type.Optional(Text(1000)),
  timeoutSeconds: Type.Optional(Type.Integer({ minimum: 3, maximum: 59 })),
  speechThresholdMs: milliseconds(1000, 6000),
  speechEndThresholdMs: milliseconds(500, 5000),
  silenceTimeoutMs: milliseconds(2000, 10_000),
});

const BudgetSchema = Strict({
  amount: Type.Number({ exclusiveMinimum: 0, maximum: 1e9 }),
  currency: Type.String({ pattern: '^[A-Z]{3}$', description: 'COST_CURRENCY, or one that CURRENCY_RATES names.' }),
  per: Type.Optional(OneOf(['total', 'month'], { description: '`total` when left out.' })),
});

const BreakerSchema = Strict({
  inARow: Type.Integer({ minimum: 1, maximum: 100 }),
  share: Type.Number({ minimum: 0.01, maximum: 1 }),
  ofAtLeast: Type.Integer({ minimum: 1, maximum: 1000 }),
  withinSeconds: Type.Integer({ minimum: 10, maximum: 3600 }),
  pauseSeconds: Type.Integer({ minimum: 1, maximum: 3600 }),
});

const VariantSchema = Strict({
  name: Type.String({ pattern: '^[A-Za-z0-9][A-Za-z0-9 _-]{0,39}$' }),
  agentId: Type.Optional(Nullable(Id)),
  weight: Type.Optional(Type.Number({ exclusiveMinimum: 0, maximum: 1000, description: '1 when left out.' })),
  variables: Type.Optional(
    Type.Record(Type.String({ pattern: '^[A-Za-z_][A-Za-z0-9_]{0,63}$' }), Type.String({ maxLength: 2000 })),
  ),
});

const VariablesSchema = Type.Record(
  Type.String(),
  Strict({
    field: Type.Optional(Type.String({ maxLength: 80, description: '`firstName`, `customFields.plan` …' })),
    value: Type.Optional(Type.String({ maxLength: 2000, description: 'A fixed text.' })),
  }),
  { description: "What each of the agent's variables is filled from: a field of the person, or a fixed text." },
);

const SellerSchema = Strict({
  legalName: Text(200),
  callbackNumber: Type.Optional(Nullable(Phone)),
});

const PaceSchema = {
  callsPerSecond: Type.Number({ minimum: 0.001, maximum: 100, description: '0.1 is one call in 10 seconds.' }),
  maxConcurrent: Type.Integer({ minimum: 1, maximum: 10_000 }),
};

/** A pace that is only asked about. */
export const OtherPace = Strict({
  callsPerSecond: Type.Optional(PaceSchema.callsPerSecond),
  maxConcurrent: Type.Optional(PaceSchema.maxConcurrent),
});

const wishes = {
  description: Type.String({ maxLength: 2000 }),
  agentId: Nullable(Id),
  variants: Type.Array(VariantSchema, { maxItems: 10 }),
  callerIds: Type.Array(Phone, { maxItems: 50, description: 'Numbers of ours to call from, in rotation.' }),
  localPresence: Type.Boolean({ description: "Whether a caller id with the person's area code goes first." }),
  lists: Type.Array(Id, { maxItems: 50, uniqueItems: true }),
  variables: VariablesSchema,
  emergencyReason: Nullable(Text(500)),
  seller: Nullable(SellerSchema),
  pace: OtherPace,
  schedule: Nullable(ScheduleSchema),
  retry: Nullable(RetrySchema),
  amd: Nullable(AmdSchema),
  record: Nullable(Type.Boolean({ description: 'A campaign about which nobody decided does not start.' })),
  maxMinutes: Nullable(Type.Number({ minimum: 0.5, maximum: 240 })),
  budget: Nullable(BudgetSchema),
  priority: Type.Integer({ minimum: 0, maximum: 9 }),
  breaker: Nullable(BreakerSchema),
};
const Name = Text(120);
const ContentClass = OneOf(contentClasses);
const optional = Type.Partial(Strict(wishes)).properties;

const weekdays = [1, 2, 3, 4, 5].map(day => ({ day, from: '09:00', to: '17:30' }));
const example = {
  name: 'Spring reminders',
  contentClass: 'informational',
  pace: { callsPerSecond: 0.5, maxConcurrent: 10 },
  schedule: { timeZone: 'contact', windows: weekdays, holidays: ['US'] },
  retry: { maxAttempts: 3, afterMinutes: { busy: [30], 'no-answer': [240, 1440] } },
  budget: { amount: 200, currency: 'USD', per: 'total' },
  record: false,
};

export const NewCampaign = Strict({ name: Name, contentClass: ContentClass, ...optional }, { examples: [example] });

export const CampaignChange = Strict(
  {
    name: Type.Optional(Name),
    contentClass: Type.Optional(ContentClass),
    ...optional,
    version: Type.Optional(
      Type.Integer({
        minimum: 1,
        description: 'The version you read; VERSION_CONFLICT when it is not the current one.',
      }),
    ),
  },
  { minProperties: 1, examples: [{ pace: { callsPerSecond: 1 } }] },
);

export const CampaignSchema = Strict({
  id: Id,
  version: Type.Integer(),
  name: Type.String(),
  description: Type.String(),
  state: OneOf(campaignStates),
  cause: Nullable(Strict({ code: Type.String(), message: Type.String(), at: Timestamp })),
  agentId: Nullable(Id),
  variants: Type.Array(VariantSchema),
  callerIds: Type.Array(Type.String()),
  localPresence: Type.Boolean(),
  lists: Type.Array(Id),
  variables: VariablesSchema,
  contentClass: ContentClass,
  emergencyReason: Nullable(Type.String()),
  emergencyBy: Nullable(Type.String()),
  seller: Nullable(SellerSchema),
  schedule: Nullable(ScheduleSchema),
  pace: Strict(PaceSchema),
  retry: Nullable(RetrySchema),
  amd: Nullable(AmdSchema),
  record: Nullable(Type.Boolean()),
  maxMinutes: Nullable(Type.Number()),
  budget: Nullable(BudgetSchema),
  priority: Type.Integer(),
  breaker: Nullable(BreakerSchema),
  createdBy: Nullable(Type.String()),
  createdAt: Timestamp,
  updatedAt: Timestamp,
  startedAt: Nullable(Timestamp),
  endedAt: Nullable(Timestamp),
});

const CounterFields = {
  total: Type.Integer(),
  waiting: Type.Integer(),
  dialing: Type.Integer(),
  inCall: Type.Integer(),
  done: Type.Integer(),
  blocked: Type.Integer({ description: 'Refused for good.' }),
  byOutcome: Type.Record(Type.String(), Type.Integer(), { description: 'Attempts that have ended.' }),
};

const CallFigureFields = {
  spend: Strict({ amount: Type.String(), currency: Type.String(), incompleteCalls: Type.Integer() }),
  answerRate: Type.Number({ description: 'Answered of all calls, 0 to 1.' }),
  averageDurationSeconds: Type.Number(),
};

const VariantStats = Strict({
  name: Type.String(),
  ...CounterFields,
  ...CallFigureFields,
  calls: Type.Integer({ description: 'That have ended.' }),
  answered: Type.Integer(),
  totalDurationSeconds: Type.Number(),
});

export const StatsSchema = Strict({
  ...CounterFields,
  ...CallFigureFields,
  completedPercent: Type.Number({ description: 'Done or refused for good, of all.' }),
  estimatedEndAt: Nullable(Type.String({ description: 'While it runs; windows of its schedule are respected.' })),
  variants: Type.Array(VariantStats, { description: 'Of a campaign that compares versions, each by itself.' }),
});

/** What lists show beside the settings. */
const standing = {
  progress: Type.Optional(
    Nullable(Strict(CounterFields, { description: 'How far it is. Null before anybody was counted.' })),
  ),
  estimatedEndAt: Type.Optional(
    Nullable(Type.String({ description: 'While it runs; windows of its schedule are respected.' })),
  ),
  spend: Type.Optional(
    Nullable(Strict(CallFigureFields.spend.properties, { description: 'Null before it was started.' })),
  ),
};

export const OneCampaign = Strict({ campaign: CampaignSchema });
export const CampaignListAnswer = ListOf(Strict({ ...CampaignSchema.properties, ...standing }));
export const StatsAnswer = Strict({ stats: StatsSchema });

export const PauseBody = Nullable(
  Strict({
    when: Type.Optional(
      OneOf(['after-calls', 'at-once'], {
        description: 'Live calls finish, or are ended. `after-calls` when left out.',
      }),
    ),
  }),
);

export const PeopleBody = Strict(
  {
    contacts: Type.Optional(
      Type.Array(Type.Unknown({ description: 'As for one contact, with a priority of 0 to 9.' }), {
        minItems: 1,
        maxItems: 1000,
      }),
    ),
    lists: Type.Optional(
      Type.Array(Id, {
        minItems: 1,
        maxItems: 50,
        uniqueItems: true,
        description: 'Everybody on these lists, now and later.',
      }),
    ),
  },
  { minProperties: 1, examples: [{ contacts: [{ phone: '+12125550100', name: 'Ada Example', priority: 5 }] }] },
);

export const PeopleReport = Strict(
  {
    added: Type.Integer(),
    merged: Type.Integer({ description: 'Were in the campaign already, or came twice.' }),
    rejected: Type.Array(
      Strict({ index: Type.Integer(), code: Type.String(), field: Type.String(), message: Type.String() }),
    ),
  },
  { examples: [{ added: 1, merged: 0, rejected: [] }] },
);

const VerdictSchema = Strict({
  code: Nullable(Type.String()),
  message: Nullable(Type.String()),
  permanent: Type.Boolean(),
  dueAt: Nullable(Type.String()),
  at: Nullable(Type.String()),
  zone: Nullable(Type.String({ description: 'By whose clock it was judged, where that is one zone.' })),
});

const personFields = {
  id: Id,
  contactId: Id,
  phone: Type.String(),
  state: OneOf(contactStates),
  attempts: Type.Integer(),
  priority: Type.Integer(),
  dueAt: Nullable(Timestamp),
  bookedFor: Nullable(Timestamp),
  variant: Nullable(Type.String()),
  callId: Nullable(Id),
  outcomes: Type.Array(Type.String()),
  lastOutcome: Nullable(Type.String()),
  verdict: Nullable(VerdictSchema),
  addedAt: Timestamp,
};
export const PersonSchema = Strict(personFields);
const NamedPerson = Strict({
  ...personFields,
  name: Nullable(
    Type.String({ description: 'As it stands with the person now; null also for whoever may not see people.' }),
  ),
});
export const PeopleAnswer = ListOf(NamedPerson);
export const NextPeopleAnswer = Strict({ items: Type.Array(NamedPerson) });
export const OnePerson = Strict({ contact: NamedPerson });

export const EntrySchema = Strict({
  seq: Type.Integer(),
  type: Type.String(),
  at: Timestamp,
  by: Type.String(),
  text: Type.String(),
  data: Type.Record(Type.String(), Type.Unknown()),
});
