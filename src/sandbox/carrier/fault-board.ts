import type { TwilioErrorCode } from './twilio-errors.ts';
import type { Webhook } from './webhook-sender.ts';

/** What can go wrong on demand. Times are twin time; `times` is how often a fault strikes before it is used up (default once). */
export type Fault =
  | ({ kind: 'callback-late' | 'callback-reordered'; delayMs: number } & CallbackMatch)
  | ({ kind: 'callback-doubled' | 'callback-lost' | 'callback-answered-5xx' } & CallbackMatch)
  | ({ kind: 'stream-refused' } & CallMatch)
  | ({ kind: 'stream-cut' | 'stream-half-open'; afterMs: number } & CallMatch)
  | ({ kind: 'stream-slow'; afterMs: number; forMs: number } & CallMatch)
  | ({ kind: 'media-jitter'; upToMs: number } & CallMatch)
  | ({ kind: 'media-gap' | 'media-stall'; afterMs: number; forMs: number } & CallMatch)
  | ({ kind: 'rest-timeout' | 'rest-500'; afterPlacing: boolean } & RestMatch)
  | ({ kind: 'rest-429' | 'rest-503' } & RestMatch)
  /** Refused with this code of Twilio's: nothing was done, and the answer says so. */
  | ({ kind: 'rest-refused'; vendorCode: TwilioErrorCode } & RestMatch)
  | ({ kind: 'update-not-found' } & RestMatch)
  /** The number in `From` may not be used: 21210 (not owned or verified) unless it says 21212 (invalid, or not to originate). */
  | ({ kind: 'caller-id-refused'; code?: 21_210 | 21_212 } & RestMatch);

interface Repeats {
  times?: number;
}
interface CallMatch extends Repeats {
  /** Only on calls to this number. */
  to?: string;
  callSid?: string;
}
interface CallbackMatch extends CallMatch {
  purpose?: Webhook['purpose'];
  /** `initiated`, `ringing`, `answered`, `completed`, `stream-started`, …, or an AMD verdict's name. */
  event?: string;
}
interface RestMatch extends Repeats {
  to?: string;
  /** Only for this operation; without it any request that the fault fits. */
  operation?: 'create' | 'update' | 'fetch' | 'list';
}

type CallbackFault = Extract<Fault, { kind: `callback-${string}` }>;
export type StreamFault = Extract<Fault, { kind: `stream-${string}` | `media-${string}` }>;
export type RestFault = Extract<Fault, { kind: `rest-${string}` | 'update-not-found' | 'caller-id-refused' }>;

export interface FaultBoard {
  add(fault: Fault): void;
  clear(): void;
  list(): readonly Fault[];
  forCallback(webhook: Webhook): CallbackFault | undefined;
  /** Every fault that strikes a stream which is about to open. */
  forStream(call: { sid: string; to: string }): StreamFault[];
  forRest(operation: RestFault['operation'], to?: string): RestFault | undefined;
}

const mostWaiting = 1_000;

/** Keeps the faults that are waiting to strike; each is used up after its number of times. */
export function createFaultBoard(toOf: (callSid: string) => string | undefined): FaultBoard {
  let waiting: { fault: Fault; left: number }[] = [];
  const strike = (entry: { fault: Fault; left: number }) => {
    entry.left -= 1;
    if (entry.left <= 0) waiting = waiting.filter(each => each !== entry);
  };
  return {
    add(fault) {
      waiting.push({ fault, left: fault.times ?? 1 });
      // Faults of calls that ended before they could strike are of no use to anybody.
      if (waiting.length > mostWaiting) waiting.shift();
    },
    clear() {
      waiting = [];
    },
    list: () => waiting.map(({ fault, left }) => ({ ...fault, times: left })),
    forCallback(webhook) {
      const entry = waiting.find(({ fault }) => {
        if (!isCallbackFault(fault)) return false;
        if (fault.purpose ? fault.purpose !== webhook.purpose : webhook.purpose === 'twiml') return false;
        if (fault.event && fault.event !== webhook.event) return false;
        if (fault.callSid && fault.callSid !== webhook.callSid) return false;
        return !fault.to || fault.to === toOf(webhook.callSid);
      });
      if (!entry) return undefined;
      strike(entry);
      return entry.fault as CallbackFault;
    },
    forStream(call) {
      const found = waiting.filter(
        ({ fault }) =>
          isStreamFault(fault) && (!fault.callSid || fault.callSid === call.sid) && (!fault.to || fault.to === call.to),
      );
      for (const entry of found) strike(entry);
      return found.map(entry => entry.fault as StreamFault);
    },
    forRest(operation, to) {
      const entry = waiting.find(({ fault }) => {
        if (!isRestFault(fault)) return false;
        if (fault.kind === 'update-not-found' && operation !== 'update') return false;
        if (fault.kind === 'caller-id-refused' && operation !== 'create') return false;
        if (fault.operation && fault.operation !== operation) return false;
        return !fault.to || fault.to === to;
      });
      if (!entry) return undefined;
      strike(entry);
      return entry.fault as RestFault;
    },
  };
}

const isCallbackFault = (fault: Fault): fault is CallbackFault => fault.kind.startsWith('callback-');
const isStreamFault = (fault: Fault): fault is StreamFault => /^(stream|media)-/.test(fault.kind);
const isRestFault = (fault: Fault): fault is RestFault => /^(rest|update|caller)-/.test(fault.kind);
