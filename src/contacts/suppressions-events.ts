import type { SuppressionView } from './suppressions.types.ts';

declare module '../events.ts' {
  interface DomainEvents {
    /** A number was put on the do-not-call list in this process; calls to it that nobody answered yet are cancelled. */
    'suppressions.added': {
      readonly phone: string;
      readonly suppression: SuppressionView;
      /** Whoever lists the number is told that it holds when this is done. */
      readonly waitFor: (work: Promise<unknown>) => void;
    };
  }
}
