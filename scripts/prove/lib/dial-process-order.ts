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
  /** Dies at this operation; null lives. */
  readonly dieAt: number | null;
  /** `freeze`: it is stopped before the operation instead, and goes on when somebody continues it. */
  readonly dieHow: 'before' | 'amid' | 'after' | 'freeze';
  /** Counts this operation alone; null counts all. */
  readonly dieOf?: string;
  readonly amidMs: number;
  /** Ends after this long, whatever is left; null as long as it takes. */
  readonly givesUpMs: number | null;
  /** Only dials, until it is told to stop: nobody asks what became of the calls. */
  readonly dialsOnly?: boolean;
}
