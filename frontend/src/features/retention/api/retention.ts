import { queryOptions, useMutation } from '@tanstack/react-query';
import type { AdminRecordingsCleanupCreateData, AdminRetentionListData } from '../../../lib/api-types.ts';
import { request } from '../../../lib/http.ts';

export type Kept = AdminRetentionListData['kept'][number];
export type CleanUp = AdminRecordingsCleanupCreateData;

export const retentionQuery = queryOptions({
  queryKey: ['retention'],
  queryFn: ({ signal }) =>
    request<AdminRetentionListData>('GET', 'api/admin/retention', { signal }).then(({ kept }) => kept),
});

/** With `dryRun` it is only counted what is older. */
export const useCleanUp = () =>
  useMutation({
    mutationFn: (wish: { olderThanDays: number; dryRun: boolean }) =>
      request<CleanUp>('POST', 'api/admin/recordings/cleanup', { body: wish, timeoutMs: 60_000 }),
  });
