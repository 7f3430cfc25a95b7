import type { Alert } from './api/alerts.ts';

/**
 * Those that nobody was told of yet. What stood there already when the page was opened is seen and need not be said; one that was gone
 * and is back is new.
 */
export const freshAlerts = (known: ReadonlySet<string> | null, alerts: readonly Alert[]): readonly Alert[] =>
  known === null ? [] : alerts.filter(({ id }) => !known.has(id));
