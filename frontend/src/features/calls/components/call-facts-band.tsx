import { Link } from '@tanstack/react-router';
import { type ReactNode, useState } from 'react';
import { Button } from '../../../components/button.tsx';
import { resultWord } from '../../../components/outcome-mark.tsx';
import { When } from '../../../components/when.tsx';
import { formatDuration, formatMoney, formatMs } from '../../../lib/format.ts';
import { spacedNumber } from '../../../lib/phone-number.ts';
import { useMedia } from '../../../lib/use-media.ts';
import { useMay, useUser } from '../../../lib/use-user.ts';
import { placeOf } from '../../../lib/zones.ts';
import { callsText } from '../../../strings/calls.ts';
import type { Call } from '../api/calls.ts';
import { askerOf } from '../asker.ts';
import { medianDelay } from '../call-facts.ts';
import { personZone } from '../verdict-words.ts';

const words = callsText.call;

/** What there is to know of a call at one glance. On phones the first two, the rest on demand. */
export function CallFactsBand({ call, agentName }: { call: Call; agentName: string | undefined }) {
  const phone = useMedia('(max-width: 47.99rem)');
  const [all, setAll] = useState(false);
  const zone = personZone(call.verdict);
  const theirs =
    zone &&
    new Intl.DateTimeFormat(undefined, { timeZone: zone, hour: '2-digit', minute: '2-digit' }).format(
      Date.parse(call.createdAt),
    );
  const delay = medianDelay(call.latency);
  const ours = call.direction === 'inbound' ? call.to : call.from;
  const ended = [
    call.terminationSource && (callsText.endedBy[call.terminationSource] ?? call.terminationSource),
    call.terminationReason && (words.reasons[call.terminationReason] ?? call.terminationReason),
  ];
  const facts: [string, ReactNode][] = [
    [
      words.started,
      <span key="at">
        <When value={call.createdAt} />
        {zone && theirs && <span className="text-text-2"> · {words.there(theirs, placeOf(zone))}</span>}
      </span>,
    ],
    [words.talked, call.durationSeconds === null ? null : formatDuration(call.durationSeconds)],
    [words.ours, `${spacedNumber(ours)} · ${callsText.directions[call.direction]}`],
    [words.agent, [agentName, call.agentVersion && `v${call.agentVersion}`].filter(Boolean).join(' · ') || null],
    [words.answeredBy, call.answeredBy && (callsText.answeredBy[call.answeredBy] ?? call.answeredBy)],
    [words.endedBy, ended.filter(Boolean).join(' · ') || null],
    [words.delay, delay === null ? null : formatMs(delay)],
    [words.cost, call.cost && formatMoney(call.cost.amount, call.cost.currency)],
    [words.machine, machineOf(call)],
    [words.result, resultWord(call.result)],
    [words.transferred, call.transferredTo && spacedNumber(call.transferredTo)],
    [call.campaignId ? words.campaign : words.requestedBy, call.requestedBy && <Asker key="asker" call={call} />],
    [
      words.person,
      call.contactId && (
        <Link key="person" to="/calls" search={{ contact: call.contactId }} className="text-accent hover:underline">
          {words.allWith(call.contactName ?? words.thisPerson)}
        </Link>
      ),
    ],
  ];
  const known = facts.filter(([, value]) => value !== null && value !== undefined && value !== '');
  const shown = phone && !all ? known.slice(0, 2) : known;
  return (
    <div className="border-t bg-surface px-3 py-2.5 tablet:px-4">
      <dl className="flex flex-wrap gap-x-8 gap-y-2">
        {shown.map(([name, value]) => (
          <div key={name} className="min-w-0">
            <dt className="text-label text-text-2">{name}</dt>
            <dd className="min-w-0 break-words">{value}</dd>
          </div>
        ))}
      </dl>
      {phone && known.length > 2 && (
        <Button size="dense" look="quiet" className="-ml-2 mt-1" onClick={() => setAll(!all)}>
          {all ? words.fewerFacts : words.moreFacts}
        </Button>
      )}
    </div>
  );
}

/** Whoever asked for it; a campaign by its name, with the way to it and which try it was. */
function Asker({ call: { requestedBy, campaignId, campaignName, attempt } }: { call: Call }) {
  const me = useUser().id;
  const seesCampaigns = useMay('campaigns:read');
  if (requestedBy === null) return null;
  if (campaignId === null) return askerOf(requestedBy, me);
  const name = campaignName ?? askerOf(requestedBy);
  return (
    <>
      {seesCampaigns ? (
        <Link to="/campaigns/$id" params={{ id: campaignId }} className="text-accent hover:underline">
          {name}
        </Link>
      ) : (
        name
      )}
      {attempt && <span className="text-text-2"> · {words.tryOf(attempt)}</span>}
    </>
  );
}

/** What was found out about a machine that answered, and what was done. */
function machineOf({ amd }: Call): string | null {
  if (!amd) return null;
  const parts = [amd['answeredBy'] ?? amd['verdict'], amd['action']].filter(
    (part): part is string => typeof part === 'string',
  );
  return parts.length > 0 ? parts.map(part => words.machines[part] ?? part).join(' · ') : null;
}
