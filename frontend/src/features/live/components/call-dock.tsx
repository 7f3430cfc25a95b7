import { Link, useBlocker } from '@tanstack/react-router';
import clsx from 'clsx';
import { Headphones, type LucideIcon, MicVocal, PhoneOff, TriangleAlert, Undo2 } from 'lucide-react';
import { type ReactNode, useEffect, useRef, useState } from 'react';
import { Button, buttonStyle } from '../../../components/button.tsx';
import { ConfirmDialog } from '../../../components/confirm-dialog.tsx';
import { notify } from '../../../lib/announcements.ts';
import { type LiveEntry, noLiveCalls } from '../../../lib/live/live-calls.ts';
import { liveLink } from '../../../lib/live/live-link.ts';
import { useLiveCalls } from '../../../lib/live/use-live.ts';
import { useStore } from '../../../lib/use-store.ts';
import { useMay } from '../../../lib/use-user.ts';
import { liveText } from '../../../strings/live.ts';
import type { CallDesk } from '../call-desk.ts';
import { type Control, speaks } from '../control-state.ts';
import { letGoOfDesk, panelCall } from '../held-desk.ts';
import { capitalised, countsFrom, firstNameOf, isOver, nameOf } from '../shown.ts';
import { usePanelKeys } from '../use-panel-keys.ts';
import type { Powers } from './bar-parts.tsx';
import { noticeSentence } from './control-notice.tsx';
import { HangUpDialog } from './hang-up-dialog.tsx';
import { HandBack, MuteButton } from './in-control.tsx';
import { SmallMeters } from './level-meters.tsx';
import { Ticking } from './ticking.tsx';

const words = liveText.dock;
const control = liveText.control;

/** The call one hears or speaks on, while one looks elsewhere. It also asks before such a call is left for another one, or the tab is closed. */
export function CallDock({ desk }: { desk: CallDesk }) {
  const state = useStore(desk.control);
  const inPanel = useStore(panelCall) === desk.callId;
  const { entries, clockAheadMs } = useLiveCalls() ?? noLiveCalls;
  const entry = useLastKnown(entries.get(desk.callId));
  const who = entry ? firstNameOf(entry.call) : liveText.thePerson;
  const idle = !inPanel && state.step === 'watching' && !state.notice;
  useEffect(() => {
    if (!idle) return;
    if (entry && isOver(entry)) notify(words.ended(nameOf(entry.call)));
    letGoOfDesk();
  }, [idle, entry]);
  const blocker = useBlocker({
    // Another page leaves the call in the dock; another call takes its place, and that not without a word.
    shouldBlockFn: ({ next }) => {
      const { call } = next.search as { call?: string };
      return speaks(desk.control.get()) && next.pathname === '/live' && call !== undefined && call !== desk.callId;
    },
    enableBeforeUnload: () => speaks(desk.control.get()),
    withResolver: true,
  });
  return (
    <>
      {!inPanel && !idle && <Bar desk={desk} state={state} entry={entry} who={who} aheadMs={clockAheadMs} />}
      <ConfirmDialog
        open={blocker.status === 'blocked'}
        title={liveText.leaving.title(who)}
        body={liveText.leaving.body}
        act={liveText.leaving.act}
        harmless
        onConfirm={() => {
          desk.send({ type: 'leave' });
          blocker.proceed?.();
        }}
        onClose={() => blocker.reset?.()}
      />
    </>
  );
}

/** A call leaves the wall a moment after its end; who it was is still to be said. */
function useLastKnown(entry: LiveEntry | undefined): LiveEntry | undefined {
  const last = useRef(entry);
  if (entry) last.current = entry;
  return last.current;
}

interface BarProps {
  readonly desk: CallDesk;
  readonly state: Control;
  readonly entry: LiveEntry | undefined;
  readonly who: string;
  readonly aheadMs: number;
}

const nothingElse: Powers = { listen: false, whisper: false, takeOver: false, transfer: false, hangUp: false };

function Bar({ desk, state, entry, who, aheadMs }: BarProps) {
  const { step } = state;
  const up = useStore(liveLink).state === 'up';
  const mayHangUp = useMay('calls:end') && up && entry !== undefined && !isOver(entry);
  const [asksHangUp, setAsksHangUp] = useState(false);
  const field = useRef<HTMLInputElement>(null);
  usePanelKeys({ desk, powers: nothingElse, other: false, whisper: field, onTakeOver: () => {} });
  const mine = step === 'in-control' || step === 'handing-back';
  const look = mine ? 'on-ink' : 'outlined';
  return (
    <section
      aria-label={words.label}
      data-call-dock
      data-mark={mine || undefined}
      className={clsx(
        'sticky bottom-14 z-20 flex h-22 flex-col justify-center gap-1 border-t px-3 tablet:bottom-0 tablet:h-11 tablet:flex-row tablet:items-center tablet:justify-start tablet:gap-3 tablet:px-4',
        mine ? 'bg-ink text-ink-fg' : state.notice ? 'bg-warn-soft' : 'bg-raised',
      )}
    >
      {step === 'handing-back' ? (
        <HandBack inLine desk={desk} sent={state.sent} />
      ) : state.notice ? (
        <>
          <Said icon={TriangleAlert} alert>
            {entry ? noticeSentence(state.notice, state, entry.call) : liveText.notices.lineLost}
          </Said>
          <Acts>
            {step === 'listening' && <Stop desk={desk} />}
            <Return callId={desk.callId} look={look} />
            <Button onClick={() => desk.send({ type: 'dismiss' })}>{liveText.notices.dismiss}</Button>
          </Acts>
        </>
      ) : (
        <>
          <Said
            icon={mine || step === 'taking-over' ? MicVocal : Headphones}
            beside={<SmallMeters desk={desk} onInk={mine} />}
          >
            {step === 'taking-over' ? (
              control.takingOver
            ) : mine ? (
              <>
                {control.hears(capitalised(who))} · <Ticking since={state.since} aheadMs={0} />
              </>
            ) : (
              <>
                {words.listening(entry ? nameOf(entry.call) : who)}
                {entry && (
                  <>
                    {' · '}
                    <Ticking since={countsFrom(entry.call)} aheadMs={aheadMs} grey={!up || entry.quiet === true} />
                  </>
                )}
              </>
            )}
          </Said>
          <Acts>
            <Return callId={desk.callId} look={look} />
            {mine && <MuteButton small desk={desk} muted={state.muted} />}
            {mine && (
              <Button look="solid-on-ink" title="B" onClick={() => desk.send({ type: 'hand-back' })}>
                <Undo2 aria-hidden="true" className="size-4 max-[24rem]:hidden" />
                {control.handBack}
              </Button>
            )}
            {step === 'listening' && <Stop desk={desk} />}
            {step === 'taking-over' && <Button onClick={() => desk.send({ type: 'cancel' })}>{control.cancel}</Button>}
            {mine && mayHangUp && (
              <Button
                look="danger"
                aria-label={control.hangUp}
                title={control.hangUp}
                onClick={() => setAsksHangUp(true)}
              >
                <PhoneOff aria-hidden="true" className="size-4" />
                <span className="hidden tablet:inline">{control.hangUp}</span>
              </Button>
            )}
          </Acts>
        </>
      )}
      <HangUpDialog callId={desk.callId} who={who} open={asksHangUp} onClose={() => setAsksHangUp(false)} />
    </section>
  );
}

function Said({
  icon: Icon,
  alert = false,
  beside,
  children,
}: {
  icon: LucideIcon;
  alert?: boolean;
  beside?: ReactNode;
  children: ReactNode;
}) {
  return (
    <div className="flex min-w-0 items-center gap-3 tablet:flex-1">
      <p role={alert ? 'alert' : undefined} className="flex min-w-0 items-center gap-2 font-semibold">
        <Icon aria-hidden="true" className="size-4 shrink-0" />
        <span className="min-w-0 truncate">{children}</span>
      </p>
      {beside}
    </div>
  );
}

const Acts = ({ children }: { children: ReactNode }) => (
  <div className="flex min-w-0 items-center gap-2">{children}</div>
);

const Stop = ({ desk }: { desk: CallDesk }) => (
  <Button title="L" onClick={() => desk.send({ type: 'unlisten' })}>
    {words.stop}
  </Button>
);

const Return = ({ callId, look }: { callId: string; look: 'on-ink' | 'outlined' }) => (
  <Link to="/live" search={{ call: callId }} className={buttonStyle({ look })}>
    {words.back}
  </Link>
);
