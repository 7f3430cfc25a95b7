import { keepPreviousData, queryOptions } from '@tanstack/react-query';
import type { AnalyticsDashboardListData } from '../../../lib/api-types.ts';
import { ownTimeZone, type RangeSearch } from '../../../lib/date-range.ts';
import { request } from '../../../lib/http.ts';
import { stretchBefore, stretchOf } from '../stretches.ts';

export type Figures = AnalyticsDashboardListData['totals'] | AnalyticsDashboardListData['previous'];
export type Dashboard = AnalyticsDashboardListData;
export type Hour = Dashboard['hourly'][number];

const refreshMs = 30_000;

/** The figures of a range, and those of the period before it. What was there stays while a further answer is on its way. */
export const figuresQuery = (range: RangeSearch) =>
  queryOptions({
    queryKey: ['figures', range],
    queryFn: async ({ signal }) => {
      const now = Date.now();
      const timeZone = ownTimeZone();
      const ask = (query: { from?: string; to?: string }) =>
        request<Dashboard>('GET', 'api/analytics/dashboard', { query: { ...query, timeZone }, signal });
      const before = stretchBefore(range, now);
      const [shown, earlier] = await Promise.all([ask(stretchOf(range, now)), before && ask(before)]);
      return { shown, before: earlier ? earlier.totals : shown.previous };
    },
    placeholderData: keepPreviousData,
    refetchInterval: refreshMs,
  });
