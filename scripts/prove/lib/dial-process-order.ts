/** Where a life ends: at the nth of these operations, or of any when that is null. */
export interface Crash {
  readonly of: readonly string[] | null;
  readonly nth: number;
  /** `freeze`: the process is stopped before the operation instead, and goes on when somebody continues it. */
  readonly how: 'before' | 'amid' | 'after' | 'freeze';
}

export interface Life {
  readonly campaignId: string;
  readonly crash: Crash | null;
}

/** Where lives ended, told by a process before it kills itself. */
export interface Death {
  readonly campaignId: string;
  readonly operation: string;
  readonly how: Crash['how'];
}

/** What a process that dials is told. */
export interface DialProcessOrder {
  readonly storeUri: string;
  readonly carrierUrl: string;
  readonly accountSid: string;
  readonly authToken: string;
  readonly publicOrigin: string;
  readonly from: string;
  readonly agentId: string;
  readonly campaignId: string;
  readonly accountCallsPerSecond: number;
  readonly clockAheadMs: number;
  /** For whom it dials, each in a life of its own, and where that life ends; for all that run, and without an end, when left out. */
  readonly lives?: readonly Life[];
  /** Ends after this long, whatever is left; null as long as it takes. */
  readonly givesUpMs: number | null;
  /** Only dials, until it is told to stop: nobody asks what became of the calls. */
  readonly dialsOnly?: boolean;
  /** Writes the campaigns' logs, as the product does. */
  readonly logs?: boolean;
  /** Counts its commands to the store, which costs a little. */
  readonly counts?: boolean;
}

/** What a process answers to any message of whoever started it. */
export interface DialProcessUse {
  readonly cpu: NodeJS.CpuUsage;
  readonly rss: number;
  /** By collection and command, from its start. */
  readonly commands: readonly (readonly [string, number])[];
}
