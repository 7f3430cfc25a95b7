import { X } from 'lucide-react';
import { type ReactNode, useRef, useState } from 'react';
import { Button } from '../../../components/button.tsx';
import { FlagChip } from '../../../components/flag-chip.tsx';
import { StateMark } from '../../../components/state-mark.tsx';
import { shownNumber } from '../../../lib/call-person.ts';
import { formatClock } from '../../../lib/format.ts';
import type { LiveEntry } from '../../../lib/live/live-calls.ts';
import { useLive, useWatchedCall } from '../../../lib/live/use-live.ts';
import { useStore } from '../../../lib/use-store.ts';
import { useMay, useUser } from '../../../lib/use-user.ts';
import { headsetChecked } from '../../../lib/voice/headset-choice.ts';
import { liveText } from '../../../strings/live.ts';
import type { CallDesk } from '../call-desk.ts';
import { countsFrom, firstNameOf, flagsOf, isOver, listenersOf, markOf, speakerOf, stateWord } from '../shown.ts';
import { usePanelKeys } from '../use-panel-keys.ts';
import type { Powers } from './bar-parts.tsx';
import { ControlBar } from './control-bar.tsx';
import { ControlNotice } from './control-notice.tsx';
import { HangUpDialog } from './hang-up-dialog.tsx';
import { HeadsetDialog } from './headset-dialog.tsx';
import { LatencyStrip } from './latency-strip.tsx';
import { LevelMeters } from './level-meters.tsx';
import { LiveTranscript } from './live-transcript.tsx';
import { Ticking } from './ticking.tsx';
import { TransferDialog } from './transfer-dialog.tsx';
import { WhisperField } from './whisper-field.tsx';

export interface PanelProps {
  readonly entry: LiveEntry;
  readonly desk: CallDesk;
  readonly aheadMs: number;
  readonly stale: boolean;
  readonly agentName: string | undefined;
  readonly onClose: () => void;
}

/** One call: who, how it goes, what is said, and what one may do about it. */
export function CallPanel({ entry, desk, aheadMs, stale, agentName, onClose }: PanelProps) {
  const { call } = entry;
  const { transcript, log } = useWatchedCall(call.id);
  const control = useStore(desk.control);
  const me = useUser().id;
  const powers = usePowers(entry, stale);
  const speaker = speakerOf(entry);
  const other = speaker && speaker.id !== me ? speaker : null;
  const whisper = useRef<HTMLInputElement>(null);
  const [asks, setAsks] = useState<'hang-up' | 'transfer' | 'headset' | null>(null);
  const mine = control.step === 'in-control' || control.step === 'handing-back';
  const takeOver = () => {
    const { step } = desk.control.get();
    if (step !== 'watching' && step !== 'listening') return;
    // A microphone that fails is found out before somebody waits for a person to speak.
    if (headsetChecked.get()) desk.send({ type: 'ask' });
    else setAsks('headset');
  };
  usePanelKeys({ desk, powers, other: other !== null, whisper, onTakeOver: takeOver });

  return (
    <div className="flex h-full min-h-0 flex-col bg-surface">
      <PanelHeader entry={entry} aheadMs={aheadMs} stale={stale} agentName={agentName} onClose={onClose} />
      <ControlBar
        desk={desk}
        call={call}
        powers={powers}
        other={other}
        endsAt={entry.live.endsAt ?? null}
        onTakeOver={takeOver}
        onWhisper={() => whisper.current?.focus()}
        onTransfer={() => setAsks('transfer')}
        onHangUp={() => setAsks('hang-up')}
      />
      {stale && <Line>{liveText.bounded}</Line>}
      {!isOver(entry) &&
        !stale &&
        call.capabilities.length > 0 &&
        !call.capabilities.includes('listen') &&
        powers.hangUp && <Line>{liveText.control.missing.all}</Line>}
      <ControlNotice desk={desk} call={call} />
      {!isOver(entry) && (
        <LevelMeters
          desk={desk}
          person={call.contactName ? firstNameOf(call) : liveText.person}
          ours={mine ? liveText.transcript.you : speaker ? speaker.name : liveText.agent}
        />
      )}
      <LatencyStrip transcript={transcript} />
      <LiveTranscript call={call} transcript={transcript} log={log} />
      {powers.whisper && <WhisperField call={call} field={whisper} off={speaker !== null || mine} />}
      <TransferDialog call={call} open={asks === 'transfer'} onClose={() => setAsks(null)} />
      <HangUpDialog callId={call.id} who={firstNameOf(call)} open={asks === 'hang-up'} onClose={() => setAsks(null)} />
      <HeadsetDialog
        open={asks === 'headset'}
        act={liveText.headset.goOn}
        onClose={() => setAsks(null)}
        onReady={() => desk.send({ type: 'ask' })}
      />
    </div>
  );
}

const Line = ({ children }: { children: ReactNode }) => (
  <p className="border-b px-4 py-1.5 text-label text-text-2">{children}</p>
);

function PanelHeader({ entry, aheadMs, stale, agentName, onClose }: Omit<PanelProps, 'desk'>) {
  const { call } = entry;
  const over = isOver(entry);
  const me = useUser().id;
  const listeners = listenersOf(entry);
  const flags = over ? [] : flagsOf(entry);
  const others = listeners.filter(({ id }) => id !== me).map(({ name }) => name);
  const facts = [
    call.contactName ? shownNumber(call) : null,
    call.direction === 'inbound' ? liveText.inbound : null,
    entry.quiet ? liveText.noNews(formatClock(entry.heardAt)) : null,
    call.campaignName,
    agentName,
    liveText.panel.since(formatClock(Date.parse(call.answeredAt ?? call.createdAt))),
    listeners.length > others.length ? liveText.youListen : null,
    others.length > 0 ? liveText.watchers(others) : null,
  ];
  return (
    <header className="flex items-start gap-3 border-b px-4 py-2.5">
      <div className="min-w-0 flex-1">
        <div className="flex flex-wrap items-baseline gap-x-3">
          <h2 className="min-w-0 truncate font-semibold text-section">{call.contactName ?? shownNumber(call)}</h2>
          <StateMark kind={markOf(entry)} className="text-table">
            {stateWord(entry)}
          </StateMark>
          <Ticking
            className="font-semibold"
            since={countsFrom(call)}
            aheadMs={aheadMs}
            grey={over || stale || entry.quiet === true}
            frozenSeconds={over ? (call.durationSeconds ?? 0) : null}
          />
        </div>
        <p className="truncate text-label text-text-2">{facts.filter(Boolean).join(' · ')}</p>
        {flags.length > 0 && (
          <ul aria-label={liveText.attention} className="flex flex-wrap gap-1.5 pt-1">
            {flags.map(flag => (
              <li key={flag.kind} className="min-w-0">
                <FlagChip flag={flag} />
              </li>
            ))}
          </ul>
        )}
      </div>
      <Button size="icon" look="quiet" aria-label={liveText.panel.close} onClick={onClose}>
        <X aria-hidden="true" className="size-4" />
      </Button>
    </header>
  );
}

/** What is allowed, possible on this call, and of use now; anything else is absent. */
function usePowers(entry: LiveEntry, stale: boolean): Powers {
  const may = {
    listen: useMay('calls:listen'),
    whisper: useMay('calls:whisper'),
    takeOver: useMay('calls:take-over'),
    transfer: useMay('calls:transfer'),
    hangUp: useMay('calls:end'),
  };
  const connected = useLive() !== null && !stale && !isOver(entry);
  const { capabilities } = entry.call;
  const can = (name: keyof Powers) => connected && may[name] && capabilities.includes(name);
  return {
    listen: can('listen'),
    whisper: can('whisper'),
    takeOver: can('takeOver'),
    transfer: can('transfer'),
    hangUp: connected && may.hangUp,
  };
}
