import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';

/** The one registry of this process; features add their own metrics through these, all named `parley_…`. */
export interface Metrics {
  readonly registry: Registry;
  counter<L extends string = never>(name: string, help: string, labels?: readonly L[]): Counter<L>;
  gauge<L extends string = never>(
    name: string,
    help: string,
    labels?: readonly L[],
    collect?: (gauge: Gauge<L>) => void,
  ): Gauge<L>;
  histogram<L extends string = never>(
    name: string,
    help: string,
    buckets: readonly number[],
    labels?: readonly L[],
  ): Histogram<L>;
  stop(): void;
}

/** Seconds, from a millisecond to a minute: fits requests, store commands and vendor calls alike. */
export const secondsBuckets = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60] as const;

export function createMetrics(): Metrics {
  // A registry of our own, not prom-client's global one: tests build several applications in one process.
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const registers = [registry];
  const full = (name: string) => `parley_${name}`;
  return {
    registry,
    counter: (name, help, labels = []) => new Counter({ name: full(name), help, labelNames: [...labels], registers }),
    gauge<L extends string = never>(
      name: string,
      help: string,
      labels: readonly L[] = [],
      collect?: (gauge: Gauge<L>) => void,
    ) {
      const gauge: Gauge<L> = new Gauge({
        name: full(name),
        help,
        labelNames: [...labels],
        registers,
        ...(collect ? { collect: () => collect(gauge) } : {}),
      });
      return gauge;
    },
    histogram: (name, help, buckets, labels = []) =>
      new Histogram({ name: full(name), help, buckets: [...buckets], labelNames: [...labels], registers }),
    stop: () => registry.clear(),
  };
}
