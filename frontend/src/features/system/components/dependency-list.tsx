import { type Column, RecordTable } from '../../../components/record-table.tsx';
import { type StateKind, StateMark } from '../../../components/state-mark.tsx';
import { formatMs } from '../../../lib/format.ts';
import { text } from '../../../strings/en.ts';
import type { Dependency } from '../api/system.ts';

const kinds: Record<Dependency['state'], StateKind> = { up: 'running', degraded: 'attention', down: 'urgent' };

const columns: Column<Dependency>[] = [
  {
    header: text.operations.columns.name,
    phone: 'lead',
    cell: dependency => <span className="font-medium">{text.dependencyNames[dependency.name] ?? dependency.name}</span>,
  },
  {
    header: text.operations.columns.state,
    cell: dependency => <StateMark kind={kinds[dependency.state]}>{text.dependencyStates[dependency.state]}</StateMark>,
  },
  {
    header: text.operations.columns.latency,
    align: 'right',
    cell: dependency => (dependency.latencyMs === undefined ? null : formatMs(dependency.latencyMs)),
  },
  {
    header: text.operations.columns.needed,
    phone: 'omit',
    cell: dependency => (dependency.critical ? text.operations.critical : text.operations.helpful),
  },
  { header: text.operations.columns.detail, cell: dependency => dependency.detail ?? null },
];

/** What the process reaches for, whether it answers, and how quickly. */
export function DependencyList({ dependencies, flush = false }: { dependencies: Dependency[]; flush?: boolean }) {
  return (
    <RecordTable
      label={text.operations.dependencies}
      columns={columns}
      rows={dependencies}
      flush={flush}
      rowKey={dependency => dependency.name}
    />
  );
}
