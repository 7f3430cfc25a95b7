import { queryOptions } from '@tanstack/react-query';
import type { AlertsListData } from '../../../lib/api-types.ts';
import { request } from '../../../lib/http.ts';
import { alertsKey } from '../../../lib/live/live-alerts.ts';

export type Alerts = AlertsListData;
export type Alert = Alerts['items'][number];

/** What only a person can mend. Live events ask sooner; what none of them tells is found within half a minute. */
export const alertsQuery = queryOptions({
  queryKey: alertsKey,
  queryFn: ({ signal }) => request<Alerts>('GET', 'api/alerts', { signal }),
  refetchInterval: 30_000,
});
