import Type from 'typebox';

const address = Type.String({ pattern: '^https?://', maxLength: 2_000 });

/** What a load run is asked to do. */
export const loadOrderSchema = Type.Object(
  {
    /** Calls at a time. */
    calls: Type.Integer({ minimum: 1, maximum: 20_000 }),
    /** Over how long they begin. */
    rampSeconds: Type.Number({ minimum: 0, maximum: 3_600 }),
    /** How long all of them are held after that. */
    holdSeconds: Type.Number({ minimum: 1, maximum: 86_400 }),
    /** A call is hung up after so long, and another one takes its place; without it calls last to the end. */
    callSeconds: Type.Optional(Type.Number({ minimum: 1, maximum: 86_400 })),
    /** The share of people who talk all the time. */
    talking: Type.Number({ minimum: 0, maximum: 1 }),
    /** How much of the others' time is silence: 1 (as without it) means that they never say a word. */
    silenceShare: Type.Optional(Type.Number({ minimum: 0, maximum: 1 })),
    /** How silence is sent: a frame every 20 ms, or now and then, as networks do that suppress it. */
    silence: Type.Enum(['steady', 'sparse']),
    /** `inbound`: these people call. `outbound`: they wait to be called. */
    direction: Type.Enum(['inbound', 'outbound']),
    /** Which of the account's numbers is called; the first one without it. */
    to: Type.Optional(Type.String({ pattern: '^\\+[1-9]\\d{6,14}$' })),
    /** Where the called number's TwiML and callbacks are, if the number itself does not say. */
    voiceUrl: Type.Optional(address),
    statusCallback: Type.Optional(address),
  },
  { additionalProperties: false },
);
export type LoadOrder = Type.Static<typeof loadOrderSchema>;
