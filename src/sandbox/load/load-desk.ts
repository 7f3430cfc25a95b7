import type { CarrierCore } from '../carrier/carrier-core.ts';
import type { LiveCall } from '../carrier/live-call.ts';
import type { OwnNumber } from '../carrier/number-book.ts';
import type { LineParty } from '../carrier/person-on-line.ts';
import type { LoadOrder } from './load-order.ts';
import type { LoadReport } from './load-report.ts';
import { type LoadRun, startLoadRun } from './load-run.ts';

/** Where load runs are started; there is one at a time, and the last one can still be asked. */
export interface LoadDesk {
  start(core: CarrierCore, order: LoadOrder, called: OwnNumber): LoadReport;
  report(): LoadReport | undefined;
  finished(): Promise<void>;
  stop(): void;
  partyOf(live: LiveCall): LineParty | undefined;
  close(): void;
}

export function createLoadDesk(): LoadDesk {
  let run: LoadRun | undefined;
  return {
    start(core, order, called) {
      run = startLoadRun(core, order, called);
      return run.report();
    },
    report: () => run?.report(),
    finished: async () => run?.finished,
    stop: () => run?.stop(),
    partyOf: live => run?.partyOf(live),
    close: () => run?.abandon(),
  };
}
