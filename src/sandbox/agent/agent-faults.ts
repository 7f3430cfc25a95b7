import Type from 'typebox';
import { closeCodes, documentedCodes } from './close-codes.ts';

const ms = Type.Optional(Type.Number({ minimum: 0, maximum: 86_400_000 }));

/** What each kind of fault does, and what it cannot do without. */
export const agentFaultNeeds = {
  /** The upgrade is answered with `status`, or the connection is reset without one. */
  'refuse-upgrade': [],
  /** REST answers with `status` (500). */
  'rest-status': [],
  /** REST answers after `delayMs`. */
  'rest-slow': ['delayMs'],
  /** The metadata comes `delayMs` late. */
  'slow-start': ['delayMs'],
  /** The socket closes with `code` (1006: it dies) `afterMs` after the metadata; without `afterMs` before it. */
  close: ['code'],
  /** An error message of the vendor's list, then its close code, `afterMs` after the metadata. */
  error: ['errorType', 'afterMs'],
  /** The socket dies in the middle of the audio of the agent's `turn`-th answer (1). */
  'die-mid-sentence': [],
  /** Nothing is sent for `forMs`, from `afterMs` after the metadata on; what was due comes then. */
  stall: ['afterMs', 'forMs'],
  /** The server goes silent for good `afterMs` after the metadata, without closing. */
  'half-open': ['afterMs'],
  /** Unknown types, empty audio, a frame that is not JSON and a very long audio frame come with the first answer. */
  noise: [],
  /** After an interruption: a stale chunk, one with the equal id, one that is newer. */
  'stale-audio': [],
  /** The agent ends no conversation by itself, whatever it does not understand and however long nobody speaks. */
  endless: [],
  'webhook-lost': [],
  'webhook-late': ['delayMs'],
  'webhook-doubled': [],
  'webhook-unsigned': [],
} as const satisfies Record<string, readonly string[]>;

export type AgentFaultKind = keyof typeof agentFaultNeeds;

export const agentFaultSchema = Type.Object(
  {
    kind: Type.Enum(Object.keys(agentFaultNeeds) as AgentFaultKind[]),
    times: Type.Optional(Type.Integer({ minimum: 1 })),
    agentId: Type.Optional(Type.String()),
    status: Type.Optional(Type.Integer({ minimum: 400, maximum: 599 })),
    code: Type.Optional(Type.Integer({ minimum: 1000, maximum: 4999 })),
    reason: Type.Optional(Type.String({ maxLength: 123 })),
    errorType: Type.Optional(Type.String()),
    turn: Type.Optional(Type.Integer({ minimum: 1 })),
    delayMs: ms,
    afterMs: ms,
    forMs: ms,
  },
  { additionalProperties: false },
);
/** What can go wrong on demand. Times are twin time; `times` is how often it strikes (once). */
export type AgentFault = Type.Static<typeof agentFaultSchema>;

/** A sentence about what a fault lacks or what in it does not exist. */
export function faultProblem(fault: AgentFault): string | undefined {
  const missing = agentFaultNeeds[fault.kind].filter(name => !(name in fault));
  if (missing.length) return `${fault.kind} needs ${missing.join(' and ')}`;
  if (fault.code !== undefined && !documentedCodes.includes(fault.code)) {
    return `code has to be one of ${documentedCodes.join(', ')}, not ${fault.code}`;
  }
  if (fault.errorType !== undefined && !(fault.errorType in closeCodes)) {
    return `errorType has to be one of ${Object.keys(closeCodes).join(', ')}`;
  }
  return undefined;
}

/** The same for a fault that belongs to a person: who calls is known from the beginning of a conversation on, and not before. */
export const personFaultProblem = (fault: AgentFault): string | undefined =>
  /^(refuse|rest)-/.test(fault.kind)
    ? `${fault.kind} strikes before anybody knows who calls; give it to the twin instead`
    : faultProblem(fault);

export interface AgentFaultBoard {
  add(fault: AgentFault): void;
  clear(): void;
  list(): readonly AgentFault[];
  /** Uses up the first waiting fault of one of these kinds that fits the agent. */
  strike(kinds: readonly AgentFaultKind[], agentId?: string): AgentFault | undefined;
  /** Uses up one of each kind: what a conversation that is about to begin has to suffer. */
  strikeEach(kinds: readonly AgentFaultKind[], agentId: string): AgentFault[];
}

const mostWaiting = 1_000;

export function createAgentFaultBoard(): AgentFaultBoard {
  let waiting: { fault: AgentFault; left: number }[] = [];
  const board: AgentFaultBoard = {
    add(fault) {
      const problem = faultProblem(fault);
      if (problem) throw new RangeError(problem);
      waiting.push({ fault, left: fault.times ?? 1 });
      if (waiting.length > mostWaiting) waiting.shift();
    },
    clear() {
      waiting = [];
    },
    list: () => waiting.map(({ fault, left }) => ({ ...fault, times: left })),
    strike(kinds, agentId) {
      const entry = waiting.find(
        ({ fault }) => kinds.includes(fault.kind) && (!fault.agentId || fault.agentId === agentId),
      );
      if (!entry) return undefined;
      entry.left -= 1;
      if (entry.left <= 0) waiting = waiting.filter(each => each !== entry);
      return entry.fault;
    },
    strikeEach: (kinds, agentId) => kinds.flatMap(kind => board.strike([kind], agentId) ?? []),
  };
  return board;
}
