import { queryOptions, useMutation, useQueryClient } from '@tanstack/react-query';
import type { AdminSystemListData, AdminSystemPartialUpdatePayload } from '../../../lib/api-types.ts';
import { request } from '../../../lib/http.ts';

export type System = AdminSystemListData;
export type Dependency = System['dependencies'][number];
export type LogLevel = System['logLevel'];

export const logLevels = ['fatal', 'error', 'warn', 'info', 'debug', 'trace'] as const satisfies LogLevel[];

export const systemQuery = queryOptions({
  queryKey: ['system'],
  queryFn: ({ signal }) => request<System>('GET', 'api/admin/system', { signal }),
});

export function useChangeLogLevel() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (change: AdminSystemPartialUpdatePayload) =>
      request<System>('PATCH', 'api/admin/system', { body: change }),
    onSuccess: system => queries.setQueryData(systemQuery.queryKey, system),
  });
}
