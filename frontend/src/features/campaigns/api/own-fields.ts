import { queryOptions } from '@tanstack/react-query';
import type { ContactsListData } from '../../../lib/api-types.ts';
import { request } from '../../../lib/http.ts';

const looksAt = 20;

/** Names of the own fields that people of these lists have, by looking at a few of them. */
export const ownFieldsQuery = (lists: readonly string[]) =>
  queryOptions({
    queryKey: ['contacts', 'own-fields', ...lists],
    queryFn: async ({ signal }) => {
      const pages = await Promise.all(
        lists
          .slice(0, 5)
          .map(list => request<ContactsListData>('GET', 'api/contacts', { query: { list, limit: looksAt }, signal })),
      );
      const names = pages.flatMap(({ items }) => items.flatMap(({ customFields }) => Object.keys(customFields)));
      return [...new Set(names)].sort((one, other) => one.localeCompare(other));
    },
    staleTime: 60_000,
  });
