import { infiniteQueryOptions, useMutation, useQueryClient } from '@tanstack/react-query';
import { type Page, request } from '../../../lib/http.ts';

export const roleNames = ['admin', 'manager', 'supervisor', 'viewer'] as const;
export type RoleName = (typeof roleNames)[number];

export type User = {
  id: string;
  email: string;
  role: RoleName;
  disabled: boolean;
  createdAt: string;
  lastSignInAt: string | null;
};

export const usersQuery = infiniteQueryOptions({
  queryKey: ['users'],
  queryFn: ({ pageParam, signal }) =>
    request<Page<User>>('GET', 'api/users', { query: { limit: 100, cursor: pageParam }, signal }),
  initialPageParam: undefined as string | undefined,
  getNextPageParam: page => page.nextCursor ?? undefined,
});

export type NewUser = { email: string; role: RoleName; password: string };
export type UserChange = { role: RoleName } | { disabled: boolean } | { password: string };

function useRefreshUsers() {
  const queries = useQueryClient();
  return () => queries.invalidateQueries({ queryKey: usersQuery.queryKey });
}

export function useAddUser() {
  const onSuccess = useRefreshUsers();
  return useMutation({
    mutationFn: (user: NewUser) => request<{ user: User }>('POST', 'api/users', { body: user }),
    onSuccess,
  });
}

export function useChangeUser(id: string) {
  const onSuccess = useRefreshUsers();
  return useMutation({
    mutationFn: (change: UserChange) =>
      request<{ user: User }>('PATCH', `api/users/${encodeURIComponent(id)}`, { body: change }),
    onSuccess,
  });
}
