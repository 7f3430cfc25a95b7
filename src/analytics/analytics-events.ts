/** What is going on now, as everybody who may see figures is told, at most once a second. */
export interface MetricsTick {
  readonly at: Date;
  readonly activeCalls: number;
  /** Most calls at once today. */
  readonly peak: number;
  readonly callsToday: number;
  readonly answeredToday: number;
  readonly averageDurationSeconds: number;
  readonly latency: { readonly p50: number; readonly p95: number; readonly firstWord: number };
  readonly spendToday: { readonly amount: string; readonly currency: string };
  readonly campaignsRunning: number;
  /** This process; each tells of itself. */
  readonly processes: readonly {
    readonly id: string;
    readonly sessions: number;
    readonly delayMs: number;
    readonly memoryBytes: number;
    readonly uptimeSeconds: number;
  }[];
}

declare module '../events.ts' {
  interface DomainEvents {
    'metrics.tick': MetricsTick;
  }
}
