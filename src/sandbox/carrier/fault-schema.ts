import Type from 'typebox';
import type { Fault } from './fault-board.ts';
import { refusals } from './twilio-errors.ts';

const phone = Type.String({ pattern: '^\\+[1-9]\\d{6,14}$' });
const ms = Type.Optional(Type.Number({ minimum: 0, maximum: 86_400_000 }));
const purposes = ['twiml', 'status', 'amd', 'recording', 'stream'] as const;
const operations = ['create', 'update', 'fetch', 'list'] as const;

/** What each kind of fault cannot do without. */
export const faultNeeds = {
  'callback-late': ['delayMs'],
  'callback-reordered': ['delayMs'],
  'callback-doubled': [],
  'callback-lost': [],
  'callback-answered-5xx': [],
  'stream-refused': [],
  'stream-cut': ['afterMs'],
  'stream-half-open': ['afterMs'],
  'stream-slow': ['afterMs', 'forMs'],
  'media-jitter': ['upToMs'],
  'media-gap': ['afterMs', 'forMs'],
  'media-stall': ['afterMs', 'forMs'],
  'rest-timeout': ['afterPlacing'],
  'rest-500': ['afterPlacing'],
  'rest-429': [],
  'rest-503': [],
  'rest-refused': ['vendorCode'],
  'update-not-found': [],
  'caller-id-refused': [],
} as const satisfies Record<Fault['kind'], readonly string[]>;

/** A fault as it is written in a scenario file or sent to the control API. */
export const faultSchema = Type.Object(
  {
    kind: Type.Enum(Object.keys(faultNeeds) as Fault['kind'][]),
    times: Type.Optional(Type.Integer({ minimum: 1 })),
    to: Type.Optional(phone),
    callSid: Type.Optional(Type.String()),
    purpose: Type.Optional(Type.Enum([...purposes])),
    event: Type.Optional(Type.String()),
    operation: Type.Optional(Type.Enum([...operations])),
    delayMs: ms,
    afterMs: ms,
    forMs: ms,
    upToMs: ms,
    afterPlacing: Type.Optional(Type.Boolean()),
    code: Type.Optional(Type.Union([Type.Literal(21_210), Type.Literal(21_212)])),
    vendorCode: Type.Optional(Type.Enum([...refusals])),
  },
  { additionalProperties: false },
);

export type FaultFields = Type.Static<typeof faultSchema>;

/** The fault behind fields that have the right form, or a sentence about what they lack. */
export function completeFault(fields: FaultFields): Fault | string {
  const missing = faultNeeds[fields.kind].filter(name => !(name in fields));
  return missing.length ? `${fields.kind} needs ${missing.join(' and ')}` : (fields as Fault);
}
