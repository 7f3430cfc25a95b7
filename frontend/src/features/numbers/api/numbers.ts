import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import type {
  NumbersConnectCreateData,
  NumbersPartialUpdateData,
  NumbersPartialUpdatePayload,
  NumbersSyncCreateData,
} from '../../../lib/api-types.ts';
import { request } from '../../../lib/http.ts';
import { numbersQuery, type OwnNumber } from '../../../lib/numbers.ts';

export type { OwnNumber };
export type NumberChange = NumbersPartialUpdatePayload;
export type ConnectionPlan = NumbersConnectCreateData;

const path = (id: string) => `api/numbers/${encodeURIComponent(id)}`;

function useRefresh() {
  const queries = useQueryClient();
  return () => queries.invalidateQueries({ queryKey: numbersQuery.queryKey });
}

export function useReadNumbers() {
  const onSuccess = useRefresh();
  return useMutation({
    mutationFn: () => request<NumbersSyncCreateData>('POST', 'api/numbers/sync', { timeoutMs: 60_000 }),
    onSuccess,
  });
}

export function useChangeNumber(id: string) {
  const onSuccess = useRefresh();
  return useMutation({
    mutationFn: (change: NumberChange) => request<NumbersPartialUpdateData>('PATCH', path(id), { body: change }),
    onSuccess,
  });
}

/** Where the number points now and where it would; the carrier is asked, and nothing is changed. */
export const useConnectionPlan = (id: string) =>
  useQuery({
    queryKey: ['number-plan', id],
    queryFn: ({ signal }) =>
      request<ConnectionPlan>('POST', `${path(id)}/connect`, { query: { dryRun: true }, signal }),
    gcTime: 0,
    staleTime: Number.POSITIVE_INFINITY,
  });

export function useConnectNumber(id: string) {
  const onSuccess = useRefresh();
  return useMutation({ mutationFn: () => request<ConnectionPlan>('POST', `${path(id)}/connect`), onSuccess });
}
