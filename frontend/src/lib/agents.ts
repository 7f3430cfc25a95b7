import { queryOptions, useQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import type { AgentsListData } from './api-types.ts';
import { request } from './http.ts';
import { useMay } from './use-user.ts';

export type Agent = AgentsListData['items'][number];

/** Every agent, for lists of choices and for the names of those that calls speak with. */
export const agentsQuery = queryOptions({
  queryKey: ['agents'],
  queryFn: ({ signal }) => request<AgentsListData>('GET', 'api/agents', { query: { limit: 200 }, signal }),
  staleTime: 60_000,
});

const noNames: ReadonlyMap<string, string> = new Map();

/** Names of agents by id, as far as this user may see them. */
export function useAgentNames(): ReadonlyMap<string, string> {
  const { data } = useQuery({ ...agentsQuery, enabled: useMay('agents:read') });
  return useMemo(() => (data ? new Map(data.items.map(({ id, name }) => [id, name])) : noNames), [data]);
}
