import { infiniteQueryOptions, queryOptions, useMutation, useQueryClient } from '@tanstack/react-query';
import type { Agent } from '../../../lib/agents.ts';
import { agentsQuery } from '../../../lib/agents.ts';
import type {
  AgentsCreateData,
  AgentsCreatePayload,
  AgentsDeleteData,
  AgentsDetailData,
  AgentsListData,
  AgentsPartialUpdateData,
  AgentsPartialUpdatePayload,
  AgentsSyncCreateData,
  AgentsVersionsListData,
} from '../../../lib/api-types.ts';
import { request } from '../../../lib/http.ts';

export type { Agent };
export type AgentSync = AgentsSyncCreateData;
export type AgentVersion = AgentsVersionsListData['items'][number];
export type FirstMessage = AgentsDetailData['firstMessage'];
export type NewAgent = AgentsCreatePayload;
export type AgentChange = AgentsPartialUpdatePayload;

const path = (id: string) => `api/agents/${encodeURIComponent(id)}`;

export const agentListQuery = infiniteQueryOptions({
  queryKey: ['agents', 'list'],
  queryFn: ({ pageParam, signal }) =>
    request<AgentsListData>('GET', 'api/agents', { query: { limit: 100, sort: 'name', cursor: pageParam }, signal }),
  initialPageParam: undefined as string | undefined,
  getNextPageParam: page => page.nextCursor ?? undefined,
});

export const agentQuery = (id: string) =>
  queryOptions({
    queryKey: ['agents', 'one', id],
    queryFn: ({ signal }) => request<AgentsDetailData>('GET', path(id), { signal }),
  });

export const agentVersionsQuery = (id: string) =>
  infiniteQueryOptions({
    queryKey: ['agents', 'versions', id],
    queryFn: ({ pageParam, signal }) =>
      request<AgentsVersionsListData>('GET', `${path(id)}/versions`, {
        query: { limit: 20, cursor: pageParam },
        signal,
      }),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: page => page.nextCursor ?? undefined,
  });

/** Lists of agents, their pages and the names that other pages show are all of one kind. */
function useRefresh() {
  const queries = useQueryClient();
  return () => queries.invalidateQueries({ queryKey: agentsQuery.queryKey });
}

export function useMakeAgent() {
  const onSuccess = useRefresh();
  return useMutation({
    mutationFn: (agent: NewAgent) => request<AgentsCreateData>('POST', 'api/agents', { body: agent }),
    onSuccess,
  });
}

export function useChangeAgent(id: string) {
  const onSuccess = useRefresh();
  return useMutation({
    mutationFn: (change: AgentChange) => request<AgentsPartialUpdateData>('PATCH', path(id), { body: change }),
    onSuccess,
  });
}

export function useArchiveAgent(id: string) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: () => request<AgentsDeleteData>('DELETE', path(id)),
    onSuccess: () => {
      queries.removeQueries({ queryKey: agentQuery(id).queryKey });
      return queries.invalidateQueries({ queryKey: agentListQuery.queryKey });
    },
  });
}

/** Lists the vendor's agents and takes over what changed there; a change, so it happens only when somebody asks for it. */
export function useSyncAgents() {
  const onSuccess = useRefresh();
  return useMutation({
    mutationKey: ['agents', 'sync'],
    mutationFn: () => request<AgentSync>('POST', 'api/agents/sync', { timeoutMs: 60_000 }),
    onSuccess,
  });
}
