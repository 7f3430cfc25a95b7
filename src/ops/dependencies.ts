/** What a dependency says of itself. `degraded` still serves, `down` does not. */
export type DependencyState = 'up' | 'degraded' | 'down';

export interface DependencyReport {
  readonly state: DependencyState;
  readonly latencyMs?: number;
  /** One plain sentence for an operator: no address, no credential. */
  readonly detail?: string;
}

export interface Dependency {
  readonly name: string;
  /** Without it the process must get no traffic. */
  readonly critical: boolean;
  check(): Promise<DependencyReport> | DependencyReport;
}

export type NamedReport = DependencyReport & { readonly name: string; readonly critical: boolean };

/** The far ends this process needs; each feature that opens one registers it. */
export interface Dependencies {
  register(dependency: Dependency): void;
  check(): Promise<NamedReport[]>;
}

const checkTimeoutMs = 2000;

export function createDependencies(): Dependencies {
  const known: Dependency[] = [];
  return {
    register: dependency => void known.push(dependency),
    check: () =>
      Promise.all(known.map(async each => ({ name: each.name, critical: each.critical, ...(await report(each)) }))),
  };
}

/** A dependency that hangs or throws is down; it never makes the health check hang or throw. */
async function report(dependency: Dependency): Promise<DependencyReport> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<DependencyReport>(resolve => {
    timer = setTimeout(resolve, checkTimeoutMs, { state: 'down', detail: `no answer within ${checkTimeoutMs} ms` });
  });
  try {
    return await Promise.race([Promise.resolve(dependency.check()), late]);
  } catch {
    return { state: 'down', detail: 'the check itself failed; the log says why' };
  } finally {
    clearTimeout(timer);
  }
}
