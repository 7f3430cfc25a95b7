import type { Test } from 'tap';

/** A twin as far as its complaints go. */
interface StrictTwin<Kind extends string, Complaint extends { kind: Kind; detail: string }> {
  readonly violations: readonly Complaint[];
  readonly control: { takeViolations(kind?: Kind): unknown };
}

/** Turns a twin's complaints into failures of the test, except for those the test says it provoked. */
export function createComplaintBook() {
  const waiting = new Set<() => void>();
  return {
    /** For the twin's `onViolation`. */
    heard() {
      for (const look of waiting) look();
    },

    /** Waits for a violation of this kind and takes it away. */
    provoked<Kind extends string, Complaint extends { kind: Kind; detail: string }>(
      twin: StrictTwin<Kind, Complaint>,
      kind: NoInfer<Kind>,
    ): Promise<Complaint> {
      return new Promise(resolve => {
        const look = () => {
          const first = twin.violations.find(each => each.kind === kind);
          if (!first) return;
          waiting.delete(look);
          twin.control.takeViolations(kind);
          resolve(first);
        };
        waiting.add(look);
        look();
      });
    },
  };
}

/** What a twin complained about, a line each. */
export const complaintsOf = ({ violations }: { violations: readonly { kind: string; detail: string }[] }): string[] =>
  violations.map(({ kind, detail }) => `${kind}: ${detail}`);

/** Fails the test that left complaints behind; called from its teardown, when its twins are closed. */
export function failOn(t: Test, whose: string, complaints: readonly string[]): void {
  if (complaints.length === 0) return;
  const text = `${t.name}: the ${whose} protocol was violated: ${complaints.join('; ')}`;
  // The test itself takes no assertion any more, and throwing would keep its other teardowns from closing what they opened.
  if (t.parent) (t.parent as Test).fail(text);
  else throw new Error(text);
}
