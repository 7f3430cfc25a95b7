import type { CallView } from './calls.types.ts';

declare module '../events.ts' {
  interface DomainEvents {
    /** A call came into being or changed; `fields` names what changed and is null for a new one. */
    'calls.changed': { readonly call: CallView; readonly fields: readonly string[] | null };
    /** A call reached its final state: exactly once for each call, in the process that wrote it down. */
    'calls.ended': { readonly call: CallView };
    /** An entry was added to what happened on a call, with the number it has there. */
    'calls.noted': {
      readonly callId: string;
      readonly event: {
        readonly seq: number;
        readonly type: string;
        readonly at: string;
        readonly source: string;
        readonly data: Readonly<Record<string, unknown>>;
      };
    };
    /** What the agent's vendor says of an ended call was brought into it: transcript, summary, analysis. */
    'calls.reported': { readonly call: CallView };
  }
}
