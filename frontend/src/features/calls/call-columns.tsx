import { Link } from '@tanstack/react-router';
import type { DataColumn } from '../../components/data-table.tsx';
import { OutcomeMark, resultWord } from '../../components/outcome-mark.tsx';
import { StateMark } from '../../components/state-mark.tsx';
import { shownNumber } from '../../lib/call-person.ts';
import { markOfStatus } from '../../lib/call-status.ts';
import { formatCount, formatDuration, formatMoney, formatMs, formatWhen } from '../../lib/format.ts';
import { spacedNumber } from '../../lib/phone-number.ts';
import { callsText } from '../../strings/calls.ts';
import { text } from '../../strings/en.ts';
import type { ListedCall } from './api/calls.ts';
import { medianDelay } from './call-facts.ts';

const words = callsText.columns;

/** To what this user may follow a link. */
export interface Sees {
  readonly people: boolean;
  readonly campaigns: boolean;
}

/** Every column of the list of calls. `agents` are names by id. */
export function callColumns(
  agents: ReadonlyMap<string, string>,
  now: number,
  sees: Sees = { people: false, campaigns: false },
): DataColumn<ListedCall>[] {
  return [
    {
      id: 'started',
      header: words.started,
      width: 148,
      phone: 'fact',
      cell: call => {
        const when = formatWhen(Date.parse(call.createdAt), { now });
        return (
          <Link
            to="/calls/$sid"
            params={{ sid: call.id }}
            tabIndex={-1}
            aria-label={callsText.open(call.contactName ?? shownNumber(call), when)}
            className="text-accent hover:underline"
          >
            {when}
          </Link>
        );
      },
    },
    {
      id: 'person',
      header: words.person,
      width: 150,
      grow: true,
      phone: 'lead',
      cell: call => <Person call={call} linked={sees.people} />,
    },
    { id: 'number', header: words.number, width: 144, phone: 'omit', cell: shownNumber },
    {
      id: 'campaign',
      header: words.campaign,
      width: 140,
      grow: true,
      phone: 'omit',
      cell: ({ campaignId, campaignName }) =>
        campaignId && sees.campaigns ? (
          <Link to="/campaigns/$id" params={{ id: campaignId }} tabIndex={-1} className="text-accent hover:underline">
            {campaignName ?? campaignId}
          </Link>
        ) : (
          campaignName
        ),
    },
    {
      id: 'outcome',
      header: words.outcome,
      width: 172,
      phone: 'fact',
      cell: call =>
        call.outcome ? (
          <OutcomeMark outcome={call.outcome} />
        ) : (
          <StateMark kind={markOfStatus(call.status)}>{text.callStates[call.status] ?? call.status}</StateMark>
        ),
    },
    {
      id: 'result',
      header: words.result,
      width: 140,
      grow: true,
      phone: 'omit',
      cell: ({ result }) => resultWord(result),
    },
    {
      id: 'talked',
      header: words.talked,
      width: 92,
      align: 'right',
      phone: 'fact',
      cell: ({ durationSeconds }) => (durationSeconds === null ? null : formatDuration(durationSeconds)),
    },
    {
      id: 'delay',
      header: words.delay,
      width: 84,
      align: 'right',
      phone: 'omit',
      cell: ({ latency }) => {
        const delay = medianDelay(latency);
        return delay === null ? null : formatMs(delay);
      },
    },
    {
      id: 'cost',
      header: words.cost,
      width: 84,
      align: 'right',
      phone: 'omit',
      cell: ({ cost }) => cost && formatMoney(cost.amount, cost.currency),
    },
    {
      id: 'direction',
      header: words.direction,
      width: 96,
      phone: 'omit',
      cell: ({ direction }) => callsText.directions[direction] ?? direction,
    },
    {
      id: 'agent',
      header: words.agent,
      width: 140,
      grow: true,
      phone: 'omit',
      cell: ({ agentId, agentVersion }) =>
        agentId && [agents.get(agentId) ?? agentId, agentVersion && `v${agentVersion}`].filter(Boolean).join(' · '),
    },
    {
      id: 'answeredBy',
      header: words.answeredBy,
      width: 112,
      phone: 'omit',
      cell: ({ answeredBy }) => answeredBy && (callsText.answeredBy[answeredBy] ?? answeredBy),
    },
    {
      id: 'endedBy',
      header: words.endedBy,
      width: 140,
      phone: 'omit',
      cell: ({ terminationSource }) => terminationSource && (callsText.endedBy[terminationSource] ?? terminationSource),
    },
    {
      id: 'try',
      header: words.try,
      width: 56,
      align: 'right',
      phone: 'omit',
      cell: ({ attempt }) => attempt && formatCount(attempt),
    },
    {
      id: 'recording',
      header: words.recording,
      width: 124,
      phone: 'omit',
      cell: ({ recording }) => (recording === 'off' ? null : (callsText.recordings[recording] ?? recording)),
    },
    {
      id: 'ours',
      header: words.ours,
      width: 144,
      phone: 'omit',
      cell: ({ direction, to, from }) => spacedNumber(direction === 'inbound' ? to : from),
    },
    { id: 'id', header: words.id, width: 212, phone: 'omit', cell: ({ id }) => <Code>{id}</Code> },
    { id: 'sid', header: words.sid, width: 280, phone: 'omit', cell: ({ sid }) => sid && <Code>{sid}</Code> },
  ];
}

/** Who it was, and the way to their page where they have one. */
function Person({ call, linked }: { call: ListedCall; linked: boolean }) {
  const { contactId, contactName } = call;
  if (contactId === null || !linked) return contactName ?? <PhoneOnly call={call} />;
  return (
    <Link to="/contacts/$contactId" params={{ contactId }} tabIndex={-1} className="text-accent hover:underline">
      {contactName ?? <PhoneOnly call={call} />}
    </Link>
  );
}

/** On phones the number stands where the name would; in a table it has a column of its own. */
const PhoneOnly = ({ call }: { call: ListedCall }) => (
  <>
    <span className="tablet:hidden">{shownNumber(call)}</span>
    <span className="hidden text-text-3 tablet:inline">–</span>
  </>
);

const Code = ({ children }: { children: string }) => <code className="font-mono text-label">{children}</code>;
