/** Ways in which the product can break the carrier's protocol; each fails the test that caused it. */
export const violationKinds = [
  'stream-url',
  'stream-binary-frame',
  'stream-not-json',
  'stream-unknown-event',
  'stream-field-missing',
  'stream-field-unknown',
  'stream-wrong-sid',
  'stream-payload-invalid',
  'stream-buffer-overflow',
  'stream-media-after-stop',
  'stream-websocket-protocol',
  'stream-send-not-allowed',
  'twiml-not-xml',
  'twiml-too-large',
  'twiml-content-type',
  'twiml-schema',
  'rest-unknown-parameter',
  'rest-body',
  'rest-status-event',
  'webhook-url',
  'unsigned-accepted',
] as const;
export type ViolationKind = (typeof violationKinds)[number];

export interface Violation {
  /** Twin time, ISO 8601. */
  at: string;
  kind: ViolationKind;
  detail: string;
  callSid?: string;
}

/** What Twilio's debugger would show: a numbered error or warning, not always the product's fault. */
export interface DebuggerEntry {
  at: string;
  code: number;
  detail: string;
  callSid?: string;
}

/** Long-running twins keep the newest entries only. */
const kept = 1_000;

export interface TwinLedger {
  readonly violations: readonly Violation[];
  readonly debugger: readonly DebuggerEntry[];
  /** How often each rule was broken since the start, also where the entries are gone. */
  readonly totals: Readonly<Record<string, number>>;
  violation(kind: ViolationKind, detail: string, callSid?: string): void;
  alert(code: number, detail: string, callSid?: string): void;
  /** Removes and returns the violations of a kind (all of them without one): what a test of bad behaviour expects. */
  takeViolations(kind?: ViolationKind): Violation[];
}

export function createTwinLedger(now: () => number, onViolation?: (violation: Violation) => void): TwinLedger {
  const violations: Violation[] = [];
  const alerts: DebuggerEntry[] = [];
  const totals: Record<string, number> = {};
  const stamp = (callSid: string | undefined) => ({
    at: new Date(now()).toISOString(),
    ...(callSid === undefined ? {} : { callSid }),
  });
  return {
    violations,
    debugger: alerts,
    totals,
    violation(kind, detail, callSid) {
      const violation: Violation = { ...stamp(callSid), kind, detail };
      violations.push(violation);
      totals[kind] = (totals[kind] ?? 0) + 1;
      if (violations.length > kept) violations.shift();
      onViolation?.(violation);
    },
    alert(code, detail, callSid) {
      alerts.push({ ...stamp(callSid), code, detail });
      if (alerts.length > kept) alerts.shift();
    },
    takeViolations(kind) {
      const taken = violations.filter(each => kind === undefined || each.kind === kind);
      for (const each of taken) violations.splice(violations.indexOf(each), 1);
      return taken;
    },
  };
}
