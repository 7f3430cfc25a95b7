/** Ways in which the product can break the agent's protocol; each fails the test that caused it. */
export const violationKinds = [
  'ws-binary-frame',
  'ws-not-json',
  'ws-unknown-type',
  'ws-field-missing',
  'ws-field-unknown',
  'ws-field-invalid',
  'ws-audio-invalid',
  'ws-not-initiated',
  'ws-initiated-twice',
  'ws-websocket-protocol',
  'ws-caller-silent',
  'ws-unauthorised',
  'pong-unknown',
  'pong-missing',
  'override-refused',
  'variables-missing',
  'tool-result-unknown',
  'tool-result-missing',
  'signed-url-reused',
  'signed-url-expired',
  'rest-unknown-parameter',
  'rest-invalid-parameter',
] as const;
export type AgentViolationKind = (typeof violationKinds)[number];

export interface AgentViolation {
  /** Twin time, ISO 8601. */
  at: string;
  kind: AgentViolationKind;
  detail: string;
  conversationId?: string;
}

export interface AgentLedger {
  readonly violations: readonly AgentViolation[];
  violation(kind: AgentViolationKind, detail: string, conversationId?: string): void;
  /** Removes and returns the violations of a kind (all of them without one): what a test of bad behaviour expects. */
  takeViolations(kind?: AgentViolationKind): AgentViolation[];
}

/** Long-running twins keep the newest entries only. */
const kept = 1_000;

export function createAgentLedger(now: () => number, onViolation?: (violation: AgentViolation) => void): AgentLedger {
  const violations: AgentViolation[] = [];
  return {
    violations,
    violation(kind, detail, conversationId) {
      const at = new Date(now()).toISOString();
      const violation: AgentViolation = { at, kind, detail, ...(conversationId ? { conversationId } : {}) };
      violations.push(violation);
      if (violations.length > kept) violations.shift();
      onViolation?.(violation);
    },
    takeViolations(kind) {
      const taken = violations.filter(each => kind === undefined || each.kind === kind);
      for (const each of taken) violations.splice(violations.indexOf(each), 1);
      return taken;
    },
  };
}
