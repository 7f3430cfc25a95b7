import { queryOptions, useQuery } from '@tanstack/react-query';
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

/** Whether a far end is the sandbox; undefined until it is known. */
export function useSandboxOn(): boolean | undefined {
  const { data } = useQuery({ ...statusQuery(true), refetchInterval: false });
  return data && (data.sandbox.carrier === 'sandbox' || data.sandbox.agent === 'sandbox');
}
