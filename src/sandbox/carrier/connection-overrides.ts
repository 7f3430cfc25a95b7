/** How one webhook is attempted; a URL's fragment (`#rc=2&rp=ct,rt,5xx`) changes the defaults. */
export interface ConnectionOverrides {
  connectTimeoutMs: number;
  readTimeoutMs: number;
  totalTimeoutMs: number;
  retries: number;
  retryOn: ReadonlySet<RetryCause>;
}
export type RetryCause = '4xx' | '5xx' | 'ct' | 'rt';

const causes: readonly RetryCause[] = ['4xx', '5xx', 'ct', 'rt'];
const numeric = {
  ct: { field: 'connectTimeoutMs', least: 100, most: 10_000 },
  rt: { field: 'readTimeoutMs', least: 100, most: 15_000 },
  tt: { field: 'totalTimeoutMs', least: 100, most: 15_000 },
  rc: { field: 'retries', least: 0, most: 5 },
} as const;

/** Reads the fragment of a webhook URL. A bad key or value is reported and its default used, as errors 11240 to 11243 do. */
export function parseConnectionOverrides(url: string): { overrides: ConnectionOverrides; problems: string[] } {
  const overrides: ConnectionOverrides = {
    connectTimeoutMs: 5_000,
    readTimeoutMs: 15_000,
    totalTimeoutMs: 15_000,
    retries: 1,
    retryOn: new Set(['ct']),
  };
  const problems: string[] = [];
  const at = url.indexOf('#');
  if (at < 0 || at === url.length - 1) return { overrides, problems };
  for (const [key, value] of new URLSearchParams(url.slice(at + 1))) {
    if (key in numeric) {
      const { field, least, most } = numeric[key as keyof typeof numeric];
      const number = /^\d+$/.test(value) ? Number(value) : Number.NaN;
      if (number >= least && number <= most) overrides[field] = number;
      else problems.push(`${key}=${value} is not a whole number from ${least} to ${most}`);
    } else if (key === 'rp') {
      const wanted = value.split(',');
      const unknown = wanted.filter(cause => cause !== 'all' && !causes.includes(cause as RetryCause));
      if (unknown.length) problems.push(`rp=${value}: ${unknown.join(',')} is none of ${causes.join(', ')}, all`);
      else overrides.retryOn = new Set(wanted.includes('all') ? causes : (wanted as RetryCause[]));
    } else if (key === 'sni') {
      if (value !== 'y' && value !== 'n') problems.push(`sni=${value} is neither y nor n`);
    } else if (key !== 'e') {
      problems.push(`${key} is not a connection override`);
    }
  }
  return { overrides, problems };
}
