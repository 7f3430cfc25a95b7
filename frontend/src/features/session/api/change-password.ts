import { useMutation } from '@tanstack/react-query';
import { request } from '../../../lib/http.ts';

type Change = { currentPassword: string; newPassword: string };

/** Changes the own password. The server ends every other session of the user; this one goes on. */
export const useChangePassword = () =>
  useMutation({ mutationFn: (change: Change) => request<unknown>('POST', 'api/auth/password', { body: change }) });
