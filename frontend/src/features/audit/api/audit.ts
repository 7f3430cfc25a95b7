import { infiniteQueryOptions } from '@tanstack/react-query';
import { type Page, request } from '../../../lib/http.ts';

export type AuditEntry = {
  id: string;
  at: string;
  action: string;
  actor: { kind: string; id: string; label: string };
  target: { type: string; id: string } | null;
  before: Record<string, unknown> | null;
  after: Record<string, unknown> | null;
  ip: string;
  requestId: string;
};

export const auditQuery = infiniteQueryOptions({
  queryKey: ['audit'],
  queryFn: ({ pageParam, signal }) =>
    request<Page<AuditEntry>>('GET', 'api/audit', { query: { limit: 50, cursor: pageParam }, signal }),
  initialPageParam: undefined as string | undefined,
  getNextPageParam: page => page.nextCursor ?? undefined,
});
