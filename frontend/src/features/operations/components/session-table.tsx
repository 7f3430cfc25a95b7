import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { EmptyPart } from '../../../components/empty-part.tsx';
import { type Column, RecordTable } from '../../../components/record-table.tsx';
import { type StateKind, StateMark } from '../../../components/state-mark.tsx';
import { WholeList } from '../../../components/whole-list.tsx';
import { formatCount, formatDuration, formatMs } from '../../../lib/format.ts';
import { operationsText } from '../../../strings/operations.ts';
import { type Session, sessionsQuery } from '../api/operations.ts';

const words = operationsText.sessions;
const marks: Record<Session['state'], StateKind> = {
  connecting: 'ringing',
  talking: 'running',
  ending: 'blocked',
  'waiting-for-stream': 'attention',
};

/** Calls whose sound runs through this process, and how it flows. */
export function SessionTable() {
  const query = useQuery(sessionsQuery);
  // Ages are of the moment in which the server answered.
  const now = query.dataUpdatedAt;
  const since = (at: string) => formatDuration((now - Date.parse(at)) / 1_000);
  const ago = (at: string | null) => (at === null ? words.never : words.secondsAgo(since(at)));
  const columns: Column<Session>[] = [
    {
      header: words.columns.call,
      phone: 'lead',
      cell: ({ callId, callSid, direction }) => (
        <>
          <Link to="/calls/$sid" params={{ sid: callId }} className="break-all font-mono text-accent hover:underline">
            {callSid}
          </Link>{' '}
          <span className="text-text-2">{words.directions[direction]}</span>
        </>
      ),
    },
    {
      header: words.columns.state,
      cell: ({ state }) => <StateMark kind={marks[state]}>{words.states[state]}</StateMark>,
    },
    { header: words.columns.agent, cell: ({ agent }) => words.agents[agent] },
    { header: words.columns.since, align: 'right', cell: ({ startedAt }) => since(startedAt) },
    {
      header: words.columns.heard,
      cell: ({ lastCallerAudioAt, lastAgentAudioAt }) => words.ago(ago(lastCallerAudioAt), ago(lastAgentAudioAt)),
    },
    { header: words.columns.queued, align: 'right', cell: ({ queuedMs }) => formatMs(queuedMs) },
    {
      header: words.columns.trouble,
      align: 'right',
      cell: ({ figures: { gaps, dropped, late } }) => [gaps, dropped, late].map(each => formatCount(each)).join(' · '),
    },
  ];
  return (
    <WholeList
      query={query}
      rows={sessions => sessions}
      failed={words.failed}
      empty={<EmptyPart what={words.empty} how={words.emptyHow} />}
    >
      {sessions => (
        <RecordTable label={words.title} columns={columns} rows={sessions} rowKey={({ callId }) => callId} />
      )}
    </WholeList>
  );
}
