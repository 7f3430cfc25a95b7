import { type ReactNode, useEffect } from 'react';
import { Button } from '../../../components/button.tsx';
import { announce } from '../../../lib/announcements.ts';
import { formatDuration } from '../../../lib/format.ts';
import { spacedNumber } from '../../../lib/phone-number.ts';
import { useStore } from '../../../lib/use-store.ts';
import { text } from '../../../strings/en.ts';
import type { SetUp } from '../api/sandbox.ts';
import type { Phone } from '../phone/phone.ts';
import type { Ended, PhoneView } from '../phone/phone-state.ts';
import { CallForm, WaitForm } from './phone-forms.tsx';
import { PhoneNotices } from './phone-notices.tsx';
import { PhoneTalk } from './phone-talk.tsx';

/** A telephone of flesh and blood: microphone and loudspeaker of this browser at the sandbox carrier's end of a call. */
export function PhonePanel({ phone, numbers }: { phone: Phone; numbers: SetUp['numbers'] }) {
  const view = useStore(phone.view);
  useEffect(() => {
    const leave = () => phone.putAway();
    addEventListener('pagehide', leave);
    return () => {
      removeEventListener('pagehide', leave);
      leave();
    };
  }, [phone]);
  const { name } = view;
  useEffect(() => {
    const sentence = spoken(phone.view.get());
    if (sentence) announce(sentence, name === 'ringing' ? 'assertive' : 'polite');
  }, [name, phone]);

  return (
    <div className="grid gap-4">
      <PhoneNotices notice={view.notice} onDismiss={() => phone.dismiss()} />
      <PhoneFace phone={phone} view={view} numbers={numbers} />
    </div>
  );
}

/** What a change of the phone says to those who do not see it. */
function spoken(view: PhoneView): string | null {
  if (view.name === 'ringing') return text.phone.ringing(spacedNumber(view.call.from));
  if (view.name === 'talking') return text.phone.talking(spacedNumber(view.other));
  if (view.name === 'waiting') return text.phone.waiting(view.to && spacedNumber(view.to));
  if (view.name === 'idle' && view.ended) return describeEnd(view.ended);
  return null;
}

function PhoneFace({ phone, view, numbers }: { phone: Phone; view: PhoneView; numbers: SetUp['numbers'] }) {
  switch (view.name) {
    case 'opening':
      return <Line title={text.phone.opening} actions={<PutAway phone={phone} label={text.cancel} />} />;
    case 'waiting':
      return (
        <Line
          title={text.phone.waiting(view.to && spacedNumber(view.to))}
          note={text.phone.waitingBody}
          actions={
            <>
              <Button autoFocus onClick={() => phone.run({ type: 'stop-waiting' })}>
                {text.phone.stopWaiting}
              </Button>
              <PutAway phone={phone} />
            </>
          }
        />
      );
    case 'ringing':
      return (
        <Line
          title={text.phone.ringing(spacedNumber(view.call.from))}
          note={text.phone.ringingTo(spacedNumber(view.call.to))}
          actions={
            <>
              <Button look="primary" autoFocus onClick={() => phone.run({ type: 'answer' })}>
                {text.phone.answer}
              </Button>
              <Button look="danger" onClick={() => phone.run({ type: 'decline' })}>
                {text.phone.decline}
              </Button>
            </>
          }
        />
      );
    case 'calling':
      return (
        <Line
          title={text.phone.calling(spacedNumber(view.call.to))}
          actions={
            <Button look="danger" autoFocus onClick={() => phone.run({ type: 'hang-up' })}>
              {text.phone.hangUp}
            </Button>
          }
        />
      );
    case 'talking':
      return (
        <PhoneTalk
          phone={phone}
          sid={view.call.sid}
          since={view.since}
          title={text.phone.talking(spacedNumber(view.other))}
        />
      );
    default:
      return (
        <>
          {view.name === 'idle' && (
            <Line
              title={view.ended ? describeEnd(view.ended) : text.phone.ready}
              note={view.ended?.why ? text.phone.endedWhy(view.ended.why) : undefined}
              actions={<PutAway phone={phone} />}
            />
          )}
          <div className="grid gap-6 tablet:grid-cols-2">
            <WaitForm onSubmit={command => phone.run(command)} />
            <CallForm numbers={numbers} onSubmit={command => phone.run(command)} />
          </div>
        </>
      );
  }
}

function describeEnd({ by, seconds }: Ended): string {
  if (seconds === null) return `${by === 'us' ? text.phone.ended.us : text.phone.ended.unanswered}.`;
  return text.phone.endedAfter(text.phone.ended[by], formatDuration(seconds));
}

const PutAway = ({ phone, label = text.phone.putAway }: { phone: Phone; label?: string }) => (
  <Button look="quiet" onClick={() => phone.putAway()}>
    {label}
  </Button>
);

/** One line of the phone's display with its keys. */
function Line({ title, note, actions }: { title: string; note?: string | undefined; actions: ReactNode }) {
  return (
    <div className="flex flex-wrap items-center gap-x-4 gap-y-3 rounded-panel border bg-sunken px-4 py-3">
      <div className="min-w-0 flex-1 basis-60">
        <p className="font-semibold text-section">{title}</p>
        {note && <p className="mt-0.5 text-text-2">{note}</p>}
      </div>
      <div className="flex flex-wrap gap-2">{actions}</div>
    </div>
  );
}
