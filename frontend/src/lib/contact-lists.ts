import { queryOptions, useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useMemo } from 'react';
import type { ContactListsCreateData, ContactListsDetailData, ContactListsListData } from './api-types.ts';
import { request } from './http.ts';
import { useMay } from './use-user.ts';

export type ContactList = ContactListsListData['items'][number];

const mostLists = 1_000;

/** Every list of people, by name: for choices, and for the names of those somebody is on. */
export const contactListsQuery = queryOptions({
  queryKey: ['contact-lists', 'all'],
  queryFn: async ({ signal }) => {
    const lists: ContactList[] = [];
    for (let cursor: string | undefined; ; ) {
      const query = { limit: 200, sort: 'name', cursor };
      const page = await request<ContactListsListData>('GET', 'api/contact-lists', { query, signal });
      lists.push(...page.items);
      if (page.nextCursor === null || lists.length >= mostLists) return lists;
      cursor = page.nextCursor;
    }
  },
  staleTime: 30_000,
});

/** One list with how many are on it, which the server counts when it is asked. */
export const contactListQuery = (id: string) =>
  queryOptions({
    queryKey: ['contact-lists', 'one', id],
    queryFn: ({ signal }) =>
      request<ContactListsDetailData>('GET', `api/contact-lists/${encodeURIComponent(id)}`, { signal }),
    staleTime: 10_000,
  });

const noNames: ReadonlyMap<string, string> = new Map();

/** Names of lists by id. */
export function useListNames(): ReadonlyMap<string, string> {
  const { data } = useQuery({ ...contactListsQuery, enabled: useMay('contacts:read') });
  return useMemo(() => (data ? new Map(data.map(({ id, name }) => [id, name])) : noNames), [data]);
}

/** Makes a list; choices that are on screen know it afterwards. */
export function useAddList() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (name: string) => request<ContactListsCreateData>('POST', 'api/contact-lists', { body: { name } }),
    onSuccess: () => queries.invalidateQueries({ queryKey: ['contact-lists'] }),
  });
}
