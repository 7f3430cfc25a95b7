import type { QueryClient } from '@tanstack/react-query';

export const alertsKey = ['alerts'] as const;

/** Any process may answer, and each answers the same for two seconds: asked earlier, it may say how things were before. */
export const askAlertsAfterMs = 2_500;

/** Asks for the alerts once after whatever changed them, however much that was. */
export function createAlertAsking(queries: Pick<QueryClient, 'invalidateQueries'>): {
  changed(): void;
  stop(): void;
} {
  let timer: ReturnType<typeof setTimeout> | undefined;
  return {
    changed() {
      timer ??= setTimeout(() => {
        timer = undefined;
        void queries.invalidateQueries({ queryKey: alertsKey });
      }, askAlertsAfterMs);
    },
    stop() {
      clearTimeout(timer);
      timer = undefined;
    },
  };
}
