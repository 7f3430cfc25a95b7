import { infiniteQueryOptions } from '@tanstack/react-query';
import type { AuditListData } from '../../../lib/api-types.ts';
import { type Query, request } from '../../../lib/http.ts';

export type AuditEntry = AuditListData['items'][number];

export const auditQuery = (filter: Query) =>
  infiniteQueryOptions({
    queryKey: ['audit', filter],
    queryFn: ({ pageParam, signal }) =>
      request<AuditListData>('GET', 'api/audit', { query: { ...filter, limit: 50, cursor: pageParam }, signal }),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: page => page.nextCursor ?? undefined,
  });
