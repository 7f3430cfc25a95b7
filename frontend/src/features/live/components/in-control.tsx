import { Mic, MicOff, Undo2 } from 'lucide-react';
import { useEffect, useRef, useState } from 'react';
import { Button } from '../../../components/button.tsx';
import { formatClock } from '../../../lib/format.ts';
import { liveText } from '../../../strings/live.ts';
import type { Control } from '../control-state.ts';
import { capitalised, firstNameOf } from '../shown.ts';
import { type BarProps, Endings } from './bar-parts.tsx';
import { LineForm } from './line-form.tsx';
import { Ticking } from './ticking.tsx';

const words = liveText.control;

/** The band while this user speaks on the call. */
export function InControl({
  desk,
  call,
  powers,
  control,
  endsAt,
  onTransfer,
  onHangUp,
}: BarProps & { control: Control }) {
  const handBack = useRef<HTMLButtonElement>(null);
  useEffect(() => handBack.current?.focus(), []);
  if (control.step === 'handing-back') return <HandBack desk={desk} sent={control.sent} />;
  return (
    <>
      <div className="flex flex-wrap items-center gap-x-3 gap-y-2">
        <p className="font-semibold">
          {words.hears(capitalised(firstNameOf(call)))} · <Ticking since={control.since} aheadMs={0} /> ·{' '}
          {words.agentWaits}
          {control.muted && ` · ${words.mutedNote}`}
        </p>
        <div className="ml-auto flex gap-2">
          <MuteButton desk={desk} muted={control.muted} />
          <Button ref={handBack} title="B" look="solid-on-ink" onClick={() => desk.send({ type: 'hand-back' })}>
            <Undo2 aria-hidden="true" className="size-4" />
            {words.handBack}
          </Button>
        </div>
      </div>
      <div className="flex flex-wrap items-center gap-2">
        {endsAt && <p>{words.limitNear(formatClock(Date.parse(endsAt)))}</p>}
        <Endings powers={powers} onTransfer={onTransfer} onHangUp={onHangUp} />
      </div>
    </>
  );
}

/** What the agent should know, before it has the call again. */
export function HandBack({ desk, sent, inLine = false }: Pick<BarProps, 'desk'> & { sent: boolean; inLine?: boolean }) {
  const [note, setNote] = useState('');
  const field = useRef<HTMLInputElement>(null);
  useEffect(() => field.current?.focus(), []);
  if (sent) return <p className="font-semibold">{words.handingBack}</p>;
  return (
    <LineForm
      onInk
      label={words.note}
      labelHidden={inLine}
      {...(inLine ? { placeholder: words.note } : {})}
      {...(inLine ? { className: 'min-w-0 flex-1' } : {})}
      value={note}
      onChange={setNote}
      onSend={() => desk.send({ type: 'send-back', note })}
      field={field}
    >
      <Button type="submit" look="solid-on-ink">
        {words.handBack} ↵
      </Button>
      <Button look="on-ink" onClick={() => desk.send({ type: 'keep' })}>
        {words.keep}
      </Button>
    </LineForm>
  );
}

/** Says nothing into the line, until it is pressed again. */
export function MuteButton({
  desk,
  muted,
  small = false,
}: Pick<BarProps, 'desk'> & { muted: boolean; small?: boolean }) {
  const Icon = muted ? MicOff : Mic;
  const word = muted ? words.muted : words.mute;
  return (
    <Button
      look="on-ink"
      title="M"
      aria-label={word}
      aria-pressed={muted}
      data-pressed={muted || undefined}
      onClick={() => desk.send({ type: 'mute', on: !muted })}
    >
      <Icon aria-hidden="true" className="size-4" />
      <span className={small ? 'hidden tablet:inline' : ''}>{word}</span>
    </Button>
  );
}
