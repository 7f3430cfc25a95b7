import clsx from 'clsx';
import { Headphones, MessageSquareText, MicVocal } from 'lucide-react';
import { useEffect, useRef } from 'react';
import { Button } from '../../../components/button.tsx';
import { formatClock } from '../../../lib/format.ts';
import type { ShownCall } from '../../../lib/live/live-calls.ts';
import { useStore } from '../../../lib/use-store.ts';
import { useSoundDevices } from '../../../lib/voice/devices.ts';
import { headsetChoice } from '../../../lib/voice/headset-choice.ts';
import { liveText } from '../../../strings/live.ts';
import type { CallDesk } from '../call-desk.ts';
import type { Control } from '../control-state.ts';
import { firstNameOf } from '../shown.ts';
import { type BarProps, Endings } from './bar-parts.tsx';
import { SpeakerChip } from './call-cell.tsx';
import { InControl } from './in-control.tsx';

const words = liveText.control;

/** One bar of one height in all states. */
export function ControlBar(props: BarProps) {
  const { desk, powers } = props;
  const control = useStore(desk.control);
  const { step } = control;
  const mine = step === 'in-control' || step === 'handing-back';
  if (!powers.listen && !powers.whisper && !powers.takeOver && !powers.transfer && !powers.hangUp) return null;
  return (
    <section
      aria-label={liveText.panel.controls}
      data-mark={mine || undefined}
      className={clsx('flex min-h-22 flex-col justify-center gap-2 border-b px-4 py-2', mine && 'bg-ink text-ink-fg')}
    >
      {mine ? (
        <InControl {...props} control={control} />
      ) : step === 'asking' ? (
        <Asking desk={desk} call={props.call} />
      ) : step === 'taking-over' ? (
        <TakingOver desk={desk} control={control} />
      ) : (
        <Watching {...props} control={control} />
      )}
    </section>
  );
}

function Watching({
  desk,
  powers,
  other,
  control,
  onTakeOver,
  onWhisper,
  onTransfer,
  onHangUp,
}: BarProps & { control: Control }) {
  const blocked = useStore(desk.blocked);
  const listening = control.step === 'listening';
  return (
    <>
      {other && (
        <SpeakerChip name={other.name} words={liveText.speaksSince(other.name, formatClock(Date.parse(other.since)))} />
      )}
      <div className="flex flex-wrap items-center gap-2">
        {powers.listen &&
          (listening && blocked ? (
            <Button look="primary" onClick={() => desk.unblock()}>
              <Headphones aria-hidden="true" className="size-4" />
              {words.pressToHear}
            </Button>
          ) : (
            <Button
              look={listening ? 'pressed' : powers.takeOver ? 'outlined' : 'primary'}
              aria-pressed={listening}
              data-pressed={listening || undefined}
              title="L"
              onClick={() => desk.send({ type: listening ? 'unlisten' : 'listen' })}
            >
              <Headphones aria-hidden="true" className="size-4" />
              {listening ? words.listening : words.listen}
            </Button>
          ))}
        {powers.whisper && !other && (
          <Button title="W" onClick={onWhisper}>
            <MessageSquareText aria-hidden="true" className="size-4" />
            {words.whisper}
          </Button>
        )}
        {powers.takeOver && !other && (
          <Button look="primary" title="T" onClick={onTakeOver}>
            <MicVocal aria-hidden="true" className="size-4" />
            {words.takeOver}
          </Button>
        )}
        <Endings powers={powers} onTransfer={onTransfer} onHangUp={onHangUp} transferable={!other} />
      </div>
    </>
  );
}

function Asking({ desk, call }: { desk: CallDesk; call: ShownCall }) {
  const microphone = useMicrophoneName();
  const confirm = useRef<HTMLButtonElement>(null);
  useEffect(() => confirm.current?.focus(), []);
  return (
    <>
      <p className="gap-1 tablet:flex">
        <strong className="shrink-0 font-semibold">{words.ask(firstNameOf(call))}</strong>{' '}
        <span className="min-w-0 text-text-2 tablet:truncate">
          {microphone ? words.microphone(microphone) : words.microphoneAsked}
        </span>
      </p>
      <div className="flex gap-2">
        <Button ref={confirm} look="primary" onClick={() => desk.send({ type: 'confirm' })}>
          <MicVocal aria-hidden="true" className="size-4" />
          {words.takeOver} ↵
        </Button>
        <Button onClick={() => desk.send({ type: 'cancel' })}>{words.cancel}</Button>
      </div>
    </>
  );
}

function TakingOver({ desk, control }: { desk: CallDesk; control: Control }) {
  const cancel = useRef<HTMLButtonElement>(null);
  useEffect(() => cancel.current?.focus(), []);
  return (
    <div className="flex flex-wrap items-center gap-3">
      <p className="font-semibold">
        {words.takingOver} {control.slow && <span className="font-normal text-text-2">{words.stillConnecting}</span>}
      </p>
      <Button ref={cancel} onClick={() => desk.send({ type: 'cancel' })}>
        {words.cancel}
      </Button>
    </div>
  );
}

/** What the browser calls the microphone that will be used; it tells only pages that may have one. */
function useMicrophoneName(): string | null {
  const { microphones, systemMicrophone } = useSoundDevices(null);
  const chosen = useStore(headsetChoice).microphone;
  return microphones.find(({ id }) => id === chosen)?.label ?? systemMicrophone;
}
