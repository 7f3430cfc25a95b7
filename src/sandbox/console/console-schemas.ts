import { Type } from 'typebox';
import { Nullable, OneOf, Strict, Timestamp } from '../../ops/schemas.ts';
import { agentFaultNeeds, agentFaultSchema } from '../agent/agent-faults.ts';
import { callStates } from '../carrier/call-state.ts';
import { faultNeeds, faultSchema } from '../carrier/fault-schema.ts';

export const Phone = Type.String({
  pattern: '^\\+[1-9]\\d{6,14}$',
  description: 'A number with + and country, without spaces.',
});
const Side = OneOf(['carrier', 'agent']);

/** What was recognised of the audio that arrived, in words where the clip is known. */
const Heard = Type.Array(Strict({ clipId: Type.String(), words: Nullable(Type.String()), complete: Type.Boolean() }));

export const SandboxCall = Strict({
  sid: Type.String(),
  from: Type.String(),
  to: Type.String(),
  direction: OneOf(['outbound-api', 'outbound-dial', 'inbound']),
  state: OneOf(callStates),
  personId: Nullable(Type.String()),
  personName: Nullable(Type.String()),
  answeredBy: Nullable(Type.String()),
  createdAt: Timestamp,
  answeredAt: Nullable(Timestamp),
  endedAt: Nullable(Timestamp),
  streaming: Type.Boolean({ description: 'A media stream to the product is open.' }),
  queuedMs: Type.Integer({ description: 'Audio that waits to be played to the person.' }),
  heard: Heard,
  notes: Type.Array(Type.String()),
});

const Turn = Strict({ role: OneOf(['user', 'agent']), message: Nullable(Type.String()), interrupted: Type.Boolean() });

export const SandboxConversation = Strict({
  id: Type.String(),
  agentId: Type.String(),
  agentName: Type.String(),
  status: OneOf(['initiated', 'in-progress', 'processing', 'done', 'failed']),
  person: Nullable(Type.String()),
  startedAt: Timestamp,
  endedAt: Nullable(Timestamp),
  terminationReason: Nullable(Type.String()),
  turns: Type.Array(Turn),
  heard: Heard,
  latencyMs: Nullable(Type.Number({ description: 'How long the product took to answer the last ping.' })),
});

const Complaint = Strict({
  side: Side,
  at: Timestamp,
  kind: Type.String(),
  detail: Type.String(),
  about: Nullable(Type.String({ description: 'The call or the conversation.' })),
});
const DebuggerEntry = Strict({
  at: Timestamp,
  code: Type.Integer(),
  detail: Type.String(),
  callSid: Nullable(Type.String()),
});

/** Everything that moves, in one answer, because a page asks for it every second. */
export const SandboxActivity = Strict({
  at: Timestamp,
  carrier: Nullable(
    Strict({
      ongoing: Type.Integer(),
      calls: Type.Array(SandboxCall),
      faults: Type.Array(faultSchema),
      next: Type.Array(Strict({ personId: Type.String(), personName: Type.String(), to: Nullable(Phone) })),
      debugger: Type.Array(DebuggerEntry),
    }),
  ),
  agent: Nullable(
    Strict({
      ongoing: Type.Integer(),
      conversations: Type.Array(SandboxConversation),
      faults: Type.Array(agentFaultSchema),
    }),
  ),
  violations: Type.Array(Complaint),
  violationCount: Type.Integer({ description: 'How many are kept, also those that are not shown.' }),
});

export const SandboxPerson = Strict({
  id: Type.String(),
  name: Type.String(),
  answer: Type.String(),
  business: Nullable(Type.String()),
  note: Nullable(Type.String()),
  numbers: Type.Array(Phone),
});

const kindsOf = (kinds: readonly string[]) =>
  Type.Array(Strict({ kind: OneOf(kinds), needs: Type.Array(Type.String()) }));

/** What there is to choose from. */
export const SandboxSetUp = Strict({
  phone: Type.Boolean({ description: 'Whether there is a browser phone.' }),
  numbers: Type.Array(
    Strict({
      phone: Phone,
      label: Type.String(),
      connected: Type.Boolean({ description: 'Calls to it reach the product.' }),
    }),
  ),
  people: Type.Array(SandboxPerson),
  faults: Strict({
    carrier: kindsOf(Object.keys(faultNeeds)),
    agent: kindsOf(Object.keys(agentFaultNeeds)),
    errorTypes: Type.Array(Type.String()),
    closeCodes: Type.Array(Type.Integer()),
  }),
});
