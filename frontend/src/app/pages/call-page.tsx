import { useQuery } from '@tanstack/react-query';
import { getRouteApi, Link } from '@tanstack/react-router';
import { RadioTower } from 'lucide-react';
import { useMemo, useState } from 'react';
import { BackLink } from '../../components/back-link.tsx';
import { Button, buttonStyle } from '../../components/button.tsx';
import { EmptyPart } from '../../components/empty-part.tsx';
import { ErrorPart } from '../../components/error-part.tsx';
import { OutcomeMark } from '../../components/outcome-mark.tsx';
import { PageHeader } from '../../components/page-header.tsx';
import { Skeleton } from '../../components/skeleton.tsx';
import { StateMark } from '../../components/state-mark.tsx';
import { type Call, callQuery, eventsQuery, recordingsQuery, transcriptQuery } from '../../features/calls/api/calls.ts';
import type { CallSearch } from '../../features/calls/call-search.ts';
import { CallFactsBand } from '../../features/calls/components/call-facts-band.tsx';
import { CallFlags } from '../../features/calls/components/call-flags.tsx';
import { CallSound } from '../../features/calls/components/call-sound.tsx';
import { CallTabs } from '../../features/calls/components/call-tabs.tsx';
import { CallTranscript } from '../../features/calls/components/call-transcript.tsx';
import { EraseCall } from '../../features/calls/components/erase-call.tsx';
import { beforeTurnMs, useCallPlayer, usePlayerKeys } from '../../features/calls/use-call-player.ts';
import { present } from '../../lib/address-words.ts';
import { useAgentNames } from '../../lib/agents.ts';
import { ApiError } from '../../lib/api-error.ts';
import { shownNumber } from '../../lib/call-person.ts';
import { markOfStatus } from '../../lib/call-status.ts';
import { useMay } from '../../lib/use-user.ts';
import { callsText } from '../../strings/calls.ts';
import { text } from '../../strings/en.ts';

const route = getRouteApi('/calls/$sid');
const words = callsText.call;

/** One call: what was said, how it sounded, what happened, and why it was allowed. */
export function CallPage() {
  const { sid } = route.useParams();
  const query = useQuery(callQuery(sid));
  if (query.isError && !query.data) {
    const gone = query.error instanceof ApiError && query.error.status === 404;
    return (
      <>
        <Back />
        <PageHeader title={gone ? words.gone : callsText.title} facts={gone ? words.goneBody : undefined} />
        {!gone && (
          <div className="px-3 tablet:px-4">
            <ErrorPart what={words.failed} error={query.error} onRetry={() => void query.refetch()} />
          </div>
        )}
      </>
    );
  }
  if (!query.data)
    return (
      <>
        <Back />
        <Skeleton rows={10} rowClass="h-12 px-4" />
      </>
    );
  return <KnownCall sid={sid} call={query.data} />;
}

const Back = () => <BackLink to="/calls">{callsText.title}</BackLink>;

const noTurns: never[] = [];

function KnownCall({ sid, call }: { sid: string; call: Call }) {
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const change = (changes: { [K in keyof CallSearch]?: CallSearch[K] | undefined }) =>
    void navigate({ search: before => present({ ...before, ...changes }) as CallSearch, replace: true });
  const live = call.endedAt === null;
  const erased = call.erasedAt !== null;
  const transcript = useQuery(transcriptQuery(call));
  const events = useQuery(eventsQuery(call));
  const recordings = useQuery(recordingsQuery(call));
  const agents = useAgentNames();
  const mayErase = useMay('calls:erase');
  const mayListen = useMay('recordings:listen');
  const [erasing, setErasing] = useState(false);
  const [part, setPart] = useState<string | null>(null);

  const turns = useMemo(
    () => [...(transcript.data?.turns ?? noTurns)].sort((a, b) => a.startMs - b.startMs),
    [transcript.data],
  );
  const stored = recordings.data?.filter(({ state }) => state === 'stored') ?? [];
  const recording = stored.find(({ id }) => id === part) ?? stored[0];
  const player = useCallPlayer(mayListen ? recording : undefined);
  usePlayerKeys(player, turns);
  const person = call.contactName ?? shownNumber(call);
  const q = search.q ?? '';

  return (
    <div className="flex flex-col roomy:-mb-8 roomy:h-[calc(100dvh-2.75rem)]">
      <Back />
      <PageHeader
        title={person}
        facts={
          <span className="inline-flex flex-wrap items-center gap-x-3">
            {call.contactName && <span>{shownNumber(call)}</span>}
            {call.outcome ? (
              <OutcomeMark outcome={call.outcome} />
            ) : (
              <StateMark kind={markOfStatus(call.status)}>{text.callStates[call.status] ?? call.status}</StateMark>
            )}
            {erased && <span>{words.erased}</span>}
          </span>
        }
        actions={
          <>
            {live && (
              <Link to="/live" search={{ call: call.id }} className={buttonStyle({ look: 'primary' })}>
                <RadioTower aria-hidden="true" className="size-4" />
                {words.watch}
              </Link>
            )}
            {mayErase && !live && !erased && (
              <Button look="danger" onClick={() => setErasing(true)}>
                {callsText.erase.act}
              </Button>
            )}
          </>
        }
      />
      <CallFactsBand call={call} agentName={call.agentId ? agents.get(call.agentId) : undefined} />
      <CallFlags call={call} onSeek={player && (ms => player.playFrom(ms - beforeTurnMs))} />
      {recordings.isError && (
        <div className="border-t bg-surface p-3 tablet:px-4">
          <ErrorPart
            what={callsText.player.listFailed}
            error={recordings.error}
            onRetry={() => void recordings.refetch()}
          />
        </div>
      )}
      <CallSound
        call={call}
        player={player}
        recordings={stored}
        recording={recording}
        onRecording={setPart}
        turns={turns}
        events={events.data ?? noTurns}
        search={q}
      />
      <div className="grid min-h-0 flex-1 border-y bg-surface roomy:grid-cols-[minmax(0,1fr)_minmax(0,28rem)] roomy:grid-rows-1 desk:roomy:grid-cols-[minmax(0,1fr)_minmax(0,34rem)]">
        <div className="flex min-h-40 min-w-0 flex-col">
          {erased ? (
            <EmptyPart what={words.erased} how={words.erasedBody} />
          ) : transcript.isError && turns.length === 0 ? (
            <div className="p-3 tablet:px-4">
              <ErrorPart
                what={callsText.transcript.failed}
                error={transcript.error}
                onRetry={() => void transcript.refetch()}
              />
            </div>
          ) : transcript.isPending ? (
            <Skeleton rows={6} rowClass="h-14 px-4" />
          ) : turns.length === 0 ? (
            <EmptyPart what={callsText.transcript.empty} how={live ? callsText.transcript.soon : undefined} />
          ) : (
            <CallTranscript
              turns={turns}
              person={call.contactName?.split(/\s+/)[0] ?? text.turn.person}
              player={player}
              search={q}
              onSearch={next => change({ q: next.trim() === '' ? undefined : next })}
            />
          )}
        </div>
        <div className="flex min-h-0 min-w-0 flex-col border-t roomy:border-t-0 roomy:border-l">
          <CallTabs
            call={call}
            events={events.data}
            eventsError={events.error}
            onRetryEvents={() => void events.refetch()}
            tab={search.tab ?? 'events'}
            onTab={tab => change({ tab: tab === 'events' ? undefined : tab })}
            onSeek={player && (ms => player.playFrom(ms - beforeTurnMs))}
          />
        </div>
      </div>
      {erasing && <EraseCall sid={sid} onClose={() => setErasing(false)} />}
    </div>
  );
}
