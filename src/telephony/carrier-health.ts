import type { Dependency, DependencyReport } from '../ops/dependencies.ts';
import { within } from '../within.ts';
import { type Carrier, CarrierError } from './carrier-contract.ts';

/** Balancers ask every few seconds, each of many processes; the carrier need not. */
const keptMs = 15_000;

/**
 * The real carrier as a dependency. An account that is refused makes no calls, so the process should get no traffic; a carrier that
 * does not answer may still send us calls, and taking every process out of the balancer would refuse those too.
 */
export function carrierDependency(carrier: Pick<Carrier, 'account'>, now: () => number = Date.now): Dependency {
  let last: { until: number; report: Promise<DependencyReport> } | undefined;
  return {
    name: 'carrier',
    critical: true,
    check: () => {
      if (!last || now() >= last.until) last = { until: now() + keptMs, report: reportOf(carrier) };
      return last.report;
    },
  };
}

async function reportOf(carrier: Pick<Carrier, 'account'>): Promise<DependencyReport> {
  const startedAt = performance.now();
  const tooSlow: DependencyReport = { state: 'degraded', detail: 'the carrier takes over 1.5 s to answer' };
  const ask = () =>
    carrier.account().then(
      ({ status }): DependencyReport =>
        status === 'active'
          ? { state: 'up', latencyMs: Math.round((performance.now() - startedAt) * 10) / 10 }
          : {
              state: 'down',
              detail: `the carrier says that our account is ${/^[a-z]{1,20}$/.test(status) ? status : 'not active'}`,
              remedy: 'Look in the carrier’s console for balance, terms and notices of the account.',
            },
      (error: unknown): DependencyReport =>
        error instanceof CarrierError && error.fault === 'account'
          ? {
              state: 'down',
              detail: error.message,
              remedy:
                'Check TWILIO_ACCOUNT_SID and TWILIO_AUTH_TOKEN, and the account in the carrier’s console. A changed token takes a restart.',
            }
          : {
              state: 'degraded',
              detail: error instanceof CarrierError ? error.message : 'the carrier could not be asked',
            },
    );
  return within(1_500, ask, () => tooSlow);
}
