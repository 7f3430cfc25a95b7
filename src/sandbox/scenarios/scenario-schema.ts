import Type from 'typebox';
import { agentFaultSchema } from '../agent/agent-faults.ts';
import { faultSchema } from '../carrier/fault-schema.ts';

const number = Type.String({ pattern: '^\\+[1-9]\\d{6,14}$' });
const id = Type.String({ pattern: '^[a-z0-9][a-z0-9-]*$' });
const seconds = Type.Number({ minimum: 0, maximum: 3_600 });
const closed = { additionalProperties: false };

/** When a person acts. Without any of these: after the agent's turn that stands above it in the script. */
const moment = {
  /** So many seconds after the previous step of the person (after the answer, for the first one), whatever the agent does. */
  afterSeconds: Type.Optional(seconds),
  /** When the agent has finished its n-th turn of the call; its first message is turn 1. */
  afterAgentTurn: Type.Optional(Type.Integer({ minimum: 1, maximum: 1_000 })),
  /** When nobody has spoken for so long. */
  afterSilence: Type.Optional(seconds),
  /** So many seconds into the agent's next turn: this is how a person interrupts. */
  interruptsAfter: Type.Optional(seconds),
  /** Waiting for the agent ends after so many seconds (15). */
  patience: Type.Optional(seconds),
};

const says = Type.Object({ says: Type.String({ minLength: 1 }), voice: Type.Optional(id), ...moment }, closed);
const presses = Type.Object({ presses: Type.String({ pattern: '^[0-9A-D#*]{1,32}$' }), ...moment }, closed);
const hangsUp = Type.Object({ hangsUp: Type.Literal(true), ...moment }, closed);
const toolUse = Type.Object(
  {
    name: Type.String({ minLength: 1 }),
    parameters: Type.Optional(Type.Record(Type.String(), Type.Unknown())),
    /** Said instead of the turn's text when the tool answers with an error. */
    onError: Type.Optional(Type.String({ minLength: 1 })),
  },
  closed,
);
const agentTurn = Type.Object(
  {
    /** Empty where the turn is skipped. */
    agent: Type.String(),
    /** Called one after the other before the text is said. */
    tools: Type.Optional(Type.Array(toolUse, { minItems: 1 })),
    endsCall: Type.Optional(Type.Boolean()),
  },
  closed,
);

export const answers = ['human', 'busy', 'no-answer', 'invalid', 'rejected', 'voicemail', 'screening', 'fax'] as const;

const person = Type.Object(
  {
    id,
    name: Type.String({ minLength: 1 }),
    business: Type.Optional(id),
    /** A number of their own; others who call it reach this person too. */
    number: Type.Optional(number),
    email: Type.Optional(Type.String()),
    company: Type.Optional(Type.String()),
    timeZone: Type.Optional(Type.String()),
    language: Type.Optional(Type.String()),
    /** What is worth knowing about this person, for whoever reads the file. */
    note: Type.Optional(Type.String()),
    voice: Type.Optional(id),
    /** Seconds of ringing before the answer. */
    rings: Type.Optional(seconds),
    answer: Type.Enum(answers),
    /** Said on answering; a person who says nothing has none. */
    greets: Type.Optional(Type.String({ minLength: 1 })),
    /** A machine's announcement, before its beep. */
    announcement: Type.Optional(Type.String({ minLength: 1 })),
    beep: Type.Optional(Type.Boolean()),
    /** A machine that is left alone hangs up soon; with this it records for so many seconds, whoever speaks. */
    records: Type.Optional(seconds),
    /** Whose first message opens the conversation. */
    agent: Type.Optional(id),
    script: Type.Optional(Type.Array(Type.Union([agentTurn, says, presses, hangsUp]))),
    /** What goes wrong on the next call with this person. */
    faults: Type.Optional(Type.Array(faultSchema)),
    /** The same at the agent's side, in every conversation that names this person. */
    agentFaults: Type.Optional(Type.Array(agentFaultSchema)),
  },
  closed,
);

const agent = Type.Object(
  {
    id,
    name: Type.String({ minLength: 1 }),
    business: Type.Optional(id),
    voice: id,
    firstMessage: Type.String({ minLength: 1 }),
    /** Said when the caller said something that no script foresees. */
    otherwise: Type.String({ minLength: 1 }),
    farewell: Type.String({ minLength: 1 }),
  },
  closed,
);

const weights = Type.Record(Type.String(), Type.Number({ minimum: 0 }));

/** A scenario file: who answers the telephone, and what both sides say. */
export const scenarioSchema = Type.Object(
  {
    name: Type.String({ minLength: 1 }),
    /** Folders with further clips, relative to the file. */
    clips: Type.Optional(Type.Array(Type.String())),
    businesses: Type.Optional(
      Type.Array(Type.Object({ id, name: Type.String(), about: Type.Optional(Type.String()) }, closed)),
    ),
    /** Numbers the account owns besides its first one. */
    numbers: Type.Optional(
      Type.Array(Type.Object({ number, label: Type.String(), business: Type.Optional(id) }, closed)),
    ),
    agents: Type.Optional(Type.Array(agent)),
    people: Type.Array(person, { minItems: 1 }),
    /** Who answers at numbers that belong to nobody: person and relative frequency. */
    weights: Type.Optional(weights),
    /** The same for the calls of one campaign, known by its caller id or by something in its callback addresses. */
    campaigns: Type.Optional(
      Type.Array(
        Type.Object(
          {
            name: Type.String({ minLength: 1 }),
            from: Type.Optional(number),
            urlContains: Type.Optional(Type.String({ minLength: 3 })),
            weights,
          },
          closed,
        ),
      ),
    ),
  },
  closed,
);

export type ScenarioFile = Type.Static<typeof scenarioSchema>;
export type ScenarioPerson = Type.Static<typeof person>;
export type ScenarioAgent = Type.Static<typeof agent>;
export type ScriptLine = NonNullable<ScenarioPerson['script']>[number];
export type AgentTurn = Type.Static<typeof agentTurn>;
export type ToolUse = Type.Static<typeof toolUse>;
