import { useInfiniteQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { EmptyPart } from '../../../components/empty-part.tsx';
import { PagedList } from '../../../components/paged-list.tsx';
import { type Column, RecordTable } from '../../../components/record-table.tsx';
import { When } from '../../../components/when.tsx';
import { useMay } from '../../../lib/use-user.ts';
import { agentsText as words } from '../../../strings/settings.ts';
import { overrideNames } from '../agent-form.ts';
import { type Agent, agentListQuery } from '../api/agents.ts';

const columns: Column<Agent>[] = [
  {
    header: words.columns.name,
    phone: 'lead',
    cell: ({ id, name }) => (
      <Link to="/settings/agents/$agentId" params={{ agentId: id }} className="font-medium text-accent hover:underline">
        {name}
      </Link>
    ),
  },
  {
    header: words.columns.vendor,
    cell: ({ vendor, vendorAgentId }) => (
      <>
        {vendor?.name} <code className="break-all font-mono text-label text-text-2">{vendorAgentId}</code>
      </>
    ),
  },
  { header: words.columns.business, cell: ({ business }) => business ?? words.asConfigured },
  {
    header: words.columns.replaced,
    phone: 'omit',
    cell: ({ overrides }) =>
      overrideNames
        .filter(name => overrides[name] !== undefined)
        .map(name => words.overrideNames[name])
        .join(', ') || words.nothingReplaced,
  },
  {
    header: words.columns.limit,
    phone: 'omit',
    align: 'right',
    cell: ({ maxMinutes }) => (maxMinutes === null ? words.asConfigured : words.minutes(maxMinutes)),
  },
  { header: words.columns.version, align: 'right', cell: ({ version }) => version },
  { header: words.columns.changed, cell: ({ updatedAt }) => <When value={updatedAt} /> },
];

/** Every agent, with what it is at the vendor. */
export function AgentList({ action }: { action?: ReactNode }) {
  const query = useInfiniteQuery(agentListQuery);
  const mayMake = useMay('agents:write');
  return (
    <PagedList
      query={query}
      failed={words.failed}
      empty={<EmptyPart what={words.empty} how={mayMake ? words.emptyHow : words.emptyHowLook} action={action} />}
    >
      {rows => <RecordTable label={words.title} columns={columns} rows={rows} rowKey={({ id }) => id} />}
    </PagedList>
  );
}
