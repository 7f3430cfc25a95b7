import { queryOptions, useMutation, useQueryClient } from '@tanstack/react-query';
import { request } from '../../../lib/http.ts';

export type Dependency = {
  name: string;
  state: 'up' | 'degraded' | 'down';
  critical: boolean;
  latencyMs?: number;
  detail?: string;
};

export type System = {
  version: string;
  node: string;
  startedAt: string;
  uptimeSeconds: number;
  memory: { rssBytes: number; heapUsedBytes: number };
  eventLoop: { p50Ms: number; p99Ms: number };
  dependencies: Dependency[];
  sandbox: { carrier: 'sandbox' | 'real'; agent: 'sandbox' | 'real' };
  logLevel: string;
};

export const logLevels = ['fatal', 'error', 'warn', 'info', 'debug', 'trace'] as const;

export const systemQuery = queryOptions({
  queryKey: ['system'],
  queryFn: ({ signal }) => request<System>('GET', 'api/admin/system', { signal }),
});

export function useChangeLogLevel() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (logLevel: string) => request<System>('PATCH', 'api/admin/system', { body: { logLevel } }),
    onSuccess: system => queries.setQueryData(systemQuery.queryKey, system),
  });
}
