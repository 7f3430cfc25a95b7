import { EmptyPart } from '../../../components/empty-part.tsx';
import { type Column, RecordTable } from '../../../components/record-table.tsx';
import { type StateKind, StateMark } from '../../../components/state-mark.tsx';
import { formatMs } from '../../../lib/format.ts';
import { text } from '../../../strings/en.ts';
import type { Conversation, SetUp } from '../api/sandbox.ts';

const kinds: Record<Conversation['status'], StateKind> = {
  initiated: 'idle',
  'in-progress': 'running',
  processing: 'idle',
  done: 'passed',
  failed: 'urgent',
};
const words = text.console.conversations;

const columnsOf = (names: Map<string, string>): Column<Conversation>[] => [
  {
    header: words.columns.state,
    cell: each => <StateMark kind={kinds[each.status]}>{words.states[each.status]}</StateMark>,
  },
  {
    header: words.columns.agent,
    phone: 'lead',
    cell: each => <span className="font-medium">{each.agentName}</span>,
  },
  { header: words.columns.person, cell: each => each.person && (names.get(each.person) ?? each.person) },
  {
    header: words.columns.turns,
    cell: ({ turns }) => {
      const last = turns.findLast(turn => turn.message);
      return last ? `${words.said[last.role]}: ${last.message}` : null;
    },
  },
  {
    header: words.columns.latency,
    align: 'right',
    phone: 'omit',
    cell: each => (each.latencyMs === null ? null : formatMs(each.latencyMs)),
  },
  { header: words.columns.ended, cell: each => each.terminationReason },
];

export function ConversationList({
  conversations,
  people,
}: {
  conversations: Conversation[];
  people: SetUp['people'];
}) {
  if (conversations.length === 0) return <EmptyPart what={words.empty} />;
  return (
    <RecordTable
      label={words.title}
      columns={columnsOf(new Map(people.map(({ id, name }) => [id, name])))}
      rows={conversations}
      rowKey={each => each.id}
      quiet={each => each.endedAt !== null}
    />
  );
}
