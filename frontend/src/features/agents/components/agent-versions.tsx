import { useInfiniteQuery } from '@tanstack/react-query';
import { EmptyPart } from '../../../components/empty-part.tsx';
import { PagedList } from '../../../components/paged-list.tsx';
import { type Column, RecordTable } from '../../../components/record-table.tsx';
import { When } from '../../../components/when.tsx';
import { agentsText } from '../../../strings/settings.ts';
import { type AgentVersion, agentVersionsQuery } from '../api/agents.ts';
import { versionChanges } from '../version-changes.ts';

const words = agentsText.page;

/** Every version with what it has other than the one before, newest first. */
export function AgentVersions({ id, current }: { id: string; current: number }) {
  const query = useInfiniteQuery(agentVersionsQuery(id));
  return (
    <PagedList query={query} failed={words.versionsFailed} empty={<EmptyPart what={words.versionsEmpty} />}>
      {versions => <VersionTable versions={versions} current={current} />}
    </PagedList>
  );
}

function VersionTable({ versions, current }: { versions: AgentVersion[]; current: number }) {
  const before = new Map(versions.map((each, at) => [each.version, versions[at + 1]]));
  const columns: Column<AgentVersion>[] = [
    {
      header: words.versionColumns.version,
      phone: 'lead',
      width: 'w-40',
      cell: ({ version }) => (
        <>
          <span className="whitespace-nowrap font-medium">{words.version(version)}</span>
          {version === current && <span className="ml-2 text-label text-text-3">{words.current}</span>}
        </>
      ),
    },
    { header: words.versionColumns.saved, width: 'w-44', cell: ({ savedAt }) => <When value={savedAt} /> },
    {
      header: words.versionColumns.change,
      cell: ({ version, profile }) => {
        const earlier = before.get(version);
        // The one before stands on a page that was not loaded.
        if (!earlier) return version === 1 ? words.firstVersion : null;
        return (
          <span className="break-words">
            {versionChanges(profile, earlier.profile).join(', ') || words.sameVersion}
          </span>
        );
      },
    },
  ];
  return (
    <RecordTable label={words.versions} columns={columns} rows={versions} rowKey={({ version }) => String(version)} />
  );
}
