import { queryOptions } from '@tanstack/react-query';
import type { StatusListData } from '../../../lib/api-types.ts';
import { request } from '../../../lib/http.ts';

export type Status = StatusListData;
export type SideState = Status['sandbox']['carrier'];

/** What is running, for every signed-in user; also how the frame notices that the connection is gone or back. */
export const statusQuery = (connected: boolean) =>
  queryOptions({
    queryKey: ['status'],
    queryFn: ({ signal }) => request<Status>('GET', 'api/status', { signal }),
    refetchInterval: connected ? 15_000 : 2_000,
  });
