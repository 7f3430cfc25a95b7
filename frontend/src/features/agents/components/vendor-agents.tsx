import { Link } from '@tanstack/react-router';
import { Button } from '../../../components/button.tsx';
import { EmptyPart } from '../../../components/empty-part.tsx';
import { type Column, RecordTable } from '../../../components/record-table.tsx';
import { StateMark } from '../../../components/state-mark.tsx';
import { useAgentNames } from '../../../lib/agents.ts';
import { text } from '../../../strings/en.ts';
import { agentsText } from '../../../strings/settings.ts';
import type { AgentSync } from '../api/agents.ts';

const words = agentsText.vendor;
type VendorAgent = AgentSync['vendorAgents'][number];

/** What the vendor has, who of ours speaks through it, and what no longer fits. */
export function VendorAgents({
  report,
  onPick,
  onClose,
}: {
  report: AgentSync;
  onPick: (vendorAgentId: string, name: string) => void;
  onClose: () => void;
}) {
  const names = useAgentNames();
  const nameOf = (id: string) => names.get(id) ?? agentsText.one;
  const changed = report.agents.filter(each => each.changed);
  const troubled = report.agents.filter(each => each.problem !== null);
  const columns: Column<VendorAgent>[] = [
    { header: words.columns.name, phone: 'lead', cell: ({ name }) => <span className="font-medium">{name}</span> },
    { header: words.columns.id, cell: ({ id }) => <code className="break-all font-mono text-label">{id}</code> },
    {
      header: words.columns.ours,
      cell: ({ agentIds }) =>
        agentIds.length === 0 ? (
          <span className="text-text-2">{words.unused}</span>
        ) : (
          agentIds.map((id, at) => (
            <span key={id}>
              {at > 0 && ', '}
              <Link to="/settings/agents/$agentId" params={{ agentId: id }} className="text-accent hover:underline">
                {nameOf(id)}
              </Link>
            </span>
          ))
        ),
    },
    {
      header: text.more,
      phone: 'action',
      align: 'right',
      width: 'w-36',
      cell: ({ id, name }) => (
        <Button size="dense" aria-label={words.makeOf(name)} onClick={() => onPick(id, name)}>
          {words.make}
        </Button>
      ),
    },
  ];
  return (
    <section aria-label={words.title} className="border-y bg-surface">
      <div className="flex flex-wrap items-start gap-3 px-3 pt-4 pb-2 tablet:px-4">
        <div className="min-w-0 flex-1">
          <h2 className="font-semibold text-section">{words.title}</h2>
          <p role="status" className="text-table text-text-2">
            {words.body}{' '}
            {changed.length > 0 ? words.changed(changed.map(({ id }) => nameOf(id)).join(', ')) : words.same}
          </p>
        </div>
        <Button size="dense" onClick={onClose}>
          {words.close}
        </Button>
      </div>
      {troubled.length > 0 && (
        <ul aria-label={words.problems} className="border-t px-3 py-1 tablet:px-4">
          {troubled.map(({ id, problem }) => (
            <li key={id} className="flex flex-wrap gap-x-3 py-1">
              <StateMark kind="attention">{nameOf(id)}</StateMark>
              <span className="min-w-0 break-words">{problem}</span>
            </li>
          ))}
        </ul>
      )}
      <div className="border-t">
        {report.vendorAgents.length === 0 ? (
          <EmptyPart what={words.none} />
        ) : (
          <RecordTable
            label={words.title}
            columns={columns}
            rows={report.vendorAgents}
            rowKey={({ engine, id }) => `${engine} ${id}`}
          />
        )}
      </div>
    </section>
  );
}
