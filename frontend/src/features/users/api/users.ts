import { infiniteQueryOptions, useMutation, useQueryClient } from '@tanstack/react-query';
import type {
  UsersCreateData,
  UsersCreatePayload,
  UsersListData,
  UsersPartialUpdateData,
  UsersPartialUpdatePayload,
} from '../../../lib/api-types.ts';
import { request } from '../../../lib/http.ts';

export type User = UsersListData['items'][number];
export type RoleName = User['role'];
export const roleNames = ['admin', 'manager', 'supervisor', 'viewer'] as const satisfies RoleName[];

export const usersQuery = infiniteQueryOptions({
  queryKey: ['users'],
  queryFn: ({ pageParam, signal }) =>
    request<UsersListData>('GET', 'api/users', { query: { limit: 100, cursor: pageParam }, signal }),
  initialPageParam: undefined as string | undefined,
  getNextPageParam: page => page.nextCursor ?? undefined,
});

/** The dashboard always sends a password: the one who adds a user has to know it. */
export type NewUser = Required<UsersCreatePayload>;

function useRefreshUsers() {
  const queries = useQueryClient();
  return () => queries.invalidateQueries({ queryKey: usersQuery.queryKey });
}

export function useAddUser() {
  const onSuccess = useRefreshUsers();
  return useMutation({
    mutationFn: (user: NewUser) => request<UsersCreateData>('POST', 'api/users', { body: user }),
    onSuccess,
  });
}

export function useChangeUser(id: string) {
  const onSuccess = useRefreshUsers();
  return useMutation({
    mutationFn: (change: UsersPartialUpdatePayload) =>
      request<UsersPartialUpdateData>('PATCH', `api/users/${encodeURIComponent(id)}`, { body: change }),
    onSuccess,
  });
}
