import { QueryClient } from '@tanstack/react-query';
import { repeatDelayMs, shouldRepeatRead } from './retry.ts';

/** Server data lives here and nowhere else. Reads repeat themselves, writes never. */
export const queryClient = new QueryClient({
  defaultOptions: {
    queries: {
      retry: shouldRepeatRead,
      retryDelay: repeatDelayMs,
      staleTime: 5_000,
      // Whether the network is there is learned by asking: the browser's own flag is wrong behind many proxies.
      networkMode: 'always',
    },
    mutations: { retry: false, networkMode: 'always' },
  },
});
