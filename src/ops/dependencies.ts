import { within } from '../within.ts';

/** What a dependency says of itself. `degraded` still serves, `down` does not. */
export type DependencyState = 'up' | 'degraded' | 'down';

export interface DependencyReport {
  readonly state: DependencyState;
  readonly latencyMs?: number;
  /** One plain sentence for an operator: no address, no credential. */
  readonly detail?: string;
  /** What only a person can do about it; absent where it may mend itself. */
  readonly remedy?: string;
  /** Everything still works: it is told before it does not. */
  readonly warning?: true;
}

export interface Dependency {
  readonly name: string;
  /** Without it the process must get no traffic. */
  readonly critical: boolean;
  check(): Promise<DependencyReport> | DependencyReport;
}

export type NamedReport = DependencyReport & {
  readonly name: string;
  readonly critical: boolean;
  /** When this process first saw that it is not up. */
  readonly since?: string;
};

/** The far ends this process needs; each feature that opens one registers it. */
export interface Dependencies {
  register(dependency: Dependency): void;
  check(): Promise<NamedReport[]>;
}

const checkTimeoutMs = 2000;

export function createDependencies(now: () => Date = () => new Date()): Dependencies {
  const known: Dependency[] = [];
  const troubledSince = new Map<Dependency, string>();

  const told = async (dependency: Dependency): Promise<NamedReport> => {
    const { name, critical } = dependency;
    const found = await report(dependency);
    if (found.state === 'up') {
      troubledSince.delete(dependency);
      return { name, critical, ...found };
    }
    const since = troubledSince.get(dependency) ?? now().toISOString();
    troubledSince.set(dependency, since);
    return { name, critical, ...found, since };
  };
  return {
    register: dependency => void known.push(dependency),
    check: () => Promise.all(known.map(told)),
  };
}

/** A dependency that hangs or throws is down; it never makes the health check hang or throw. */
async function report(dependency: Dependency): Promise<DependencyReport> {
  const tooSlow: DependencyReport = { state: 'down', detail: `no answer within ${checkTimeoutMs} ms` };
  try {
    return await within(
      checkTimeoutMs,
      () => dependency.check(),
      () => tooSlow,
    );
  } catch (error) {
    // Its words could name addresses or keys.
    const { code, name } = Object(error) as { code?: unknown; name?: unknown };
    // The error of a time limit has a number for its code, which tells nobody anything.
    return { state: 'down', detail: `the check itself failed: ${typeof code === 'string' ? code : name}` };
  }
}
