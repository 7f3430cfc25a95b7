import { useQuery } from '@tanstack/react-query';
import { Button } from '../../../components/button.tsx';
import { EmptyPart } from '../../../components/empty-part.tsx';
import { Skeleton } from '../../../components/skeleton.tsx';
import { useAgentNames } from '../../../lib/agents.ts';
import { request } from '../../../lib/http.ts';
import type { LiveEntry, ShownCall } from '../../../lib/live/live-calls.ts';
import { useStore } from '../../../lib/use-store.ts';
import { liveText } from '../../../strings/live.ts';
import type { CallDesk } from '../call-desk.ts';
import { speaks } from '../control-state.ts';
import { nameOf } from '../shown.ts';
import { CallPanel } from './call-panel.tsx';
import { PanelPlace } from './panel-place.tsx';

export interface OpenCallProps {
  readonly callId: string;
  readonly entry: LiveEntry | undefined;
  readonly desk: CallDesk;
  readonly aheadMs: number;
  readonly stale: boolean;
  readonly docked: boolean;
  readonly onClose: () => void;
}

/** The call named in the address: from the wall, or from the API where it has left the wall. */
export function OpenCall({ callId, entry, desk, aheadMs, stale, docked, onClose }: OpenCallProps) {
  const known = useQuery({
    queryKey: ['calls', callId],
    queryFn: ({ signal }) => request<{ call: ShownCall }>('GET', `api/calls/${encodeURIComponent(callId)}`, { signal }),
    enabled: !entry,
    retry: false,
  });
  const agents = useAgentNames();
  const control = useStore(desk.control);
  const busy = speaks(control);
  const fetched = known.data?.call;
  const shown: LiveEntry | undefined =
    entry ??
    (fetched && { call: fetched, live: {}, heardAt: 0, endedAt: fetched.endedAt ? Date.parse(fetched.endedAt) : null });
  const label = liveText.panel.label(shown ? nameOf(shown.call) : liveText.thePerson);

  return (
    <PanelPlace docked={docked} label={label} locked={busy} onClose={onClose}>
      {shown ? (
        <CallPanel
          entry={shown}
          desk={desk}
          aheadMs={aheadMs}
          stale={stale}
          agentName={shown.call.agentId ? agents.get(shown.call.agentId) : undefined}
          onClose={onClose}
        />
      ) : known.isError ? (
        <EmptyPart what={liveText.panel.gone} action={<Button onClick={onClose}>{liveText.panel.close}</Button>} />
      ) : (
        <Skeleton rows={6} rowClass="h-12 px-4" />
      )}
    </PanelPlace>
  );
}
