import type { CallView } from './calls.types.ts';

declare module '../events.ts' {
  interface DomainEvents {
    /** A call came into being or changed; `fields` names what changed and is null for a new one. */
    'calls.changed': { readonly call: CallView; readonly fields: readonly string[] | null };
    /** A call reached its final state: exactly once for each call, in the process that wrote it down. */
    'calls.ended': { readonly call: CallView };
  }
}
