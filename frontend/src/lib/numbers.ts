import { queryOptions } from '@tanstack/react-query';
import type { NumbersListData } from './api-types.ts';
import { request } from './http.ts';

export type OwnNumber = NumbersListData['items'][number];

/** Every number of ours, as the carrier lists them; for their own page, and for choices. */
export const numbersQuery = queryOptions({
  queryKey: ['numbers'],
  queryFn: ({ signal }) => request<NumbersListData>('GET', 'api/numbers', { query: { limit: 200 }, signal }),
  staleTime: 60_000,
});
