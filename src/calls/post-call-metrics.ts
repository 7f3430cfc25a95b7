import type { Counter } from 'prom-client';
import type { Metrics } from '../ops/metrics.ts';

export interface PostCallMetrics {
  readonly webhooks: Counter<'result'>;
  readonly reports: Counter<'source' | 'result'>;
  readonly prices: Counter<'result'>;
}

export const createPostCallMetrics = (metrics: Metrics): PostCallMetrics => ({
  webhooks: metrics.counter(
    'post_call_webhooks_total',
    'Webhooks of the agents’ vendor: taken, doubled, or why they were refused.',
    ['result'],
  ),
  reports: metrics.counter(
    'post_call_reports_total',
    'What vendors said of ended conversations, by how it came and what became of it.',
    ['source', 'result'],
  ),
  prices: metrics.counter('call_prices_total', 'Prices of calls that the carrier was asked for.', ['result']),
});
