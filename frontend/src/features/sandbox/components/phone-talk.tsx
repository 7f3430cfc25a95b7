import { Grip, Mic, MicOff, PhoneOff } from 'lucide-react';
import { useEffect, useRef, useState } from 'react';
import { Button } from '../../../components/button.tsx';
import { formatTicking } from '../../../lib/format.ts';
import { useStore } from '../../../lib/use-store.ts';
import { shareOf } from '../../../lib/voice/loudness.ts';
import { text } from '../../../strings/en.ts';
import type { Phone } from '../phone/phone.ts';
import type { Levels } from '../phone/phone-audio.ts';
import { SaidList } from './said-list.tsx';

const keys = ['1', '2', '3', '4', '5', '6', '7', '8', '9', '*', '0', '#'];

/** The phone while somebody talks. */
export function PhoneTalk({ phone, sid, since, title }: { phone: Phone; sid: string; since: number; title: string }) {
  const muted = useStore(phone.muted);
  const [keypad, setKeypad] = useState(false);
  return (
    <div className="grid gap-3 rounded-panel border border-m-live bg-sunken px-4 py-3">
      <div className="flex flex-wrap items-baseline gap-x-3">
        <p className="font-semibold text-section">{title}</p>
        <Timer since={since} />
        {muted && <p className="font-medium text-warn">{text.phone.mutedNote}</p>}
      </div>
      <div className="grid gap-x-8 gap-y-2 tablet:grid-cols-2">
        <LevelMeter phone={phone} side="microphone" label={text.phone.you} />
        <LevelMeter phone={phone} side="ear" label={text.phone.other} />
      </div>
      <div className="flex flex-wrap gap-2">
        <Button aria-pressed={muted} data-pressed={muted || undefined} onClick={() => phone.mute(!muted)}>
          {muted ? (
            <MicOff aria-hidden="true" className="size-4 text-warn" />
          ) : (
            <Mic aria-hidden="true" className="size-4" />
          )}
          {muted ? text.phone.muted : text.phone.mute}
        </Button>
        <Button aria-expanded={keypad} onClick={() => setKeypad(!keypad)}>
          <Grip aria-hidden="true" className="size-4" />
          {text.phone.keypad}
        </Button>
        <Button look="danger" className="ml-auto" autoFocus onClick={() => phone.run({ type: 'hang-up' })}>
          <PhoneOff aria-hidden="true" className="size-4" />
          {text.phone.hangUp}
        </Button>
      </div>
      {keypad && (
        <fieldset className="grid w-full max-w-60 grid-cols-3 gap-2">
          <legend className="visually-hidden">{text.phone.keypad}</legend>
          {keys.map(digit => (
            <Button
              key={digit}
              aria-label={text.phone.key(digit)}
              className="text-figure"
              size="wide"
              onClick={() => phone.run({ type: 'press', digits: digit })}
            >
              {digit}
            </Button>
          ))}
        </fieldset>
      )}
      <div className="border-t pt-3">
        <SaidList sid={sid} live label={text.phone.said} person={text.phone.you} />
      </div>
    </div>
  );
}

/** How long, ticking: 02:14. */
function Timer({ since }: { since: number }) {
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 500);
    return () => clearInterval(timer);
  }, []);
  return (
    <p role="timer" className="font-mono text-text-2">
      {formatTicking((now - since) / 1_000)}
    </p>
  );
}

const tones = { microphone: 'bg-m-caller', ear: 'bg-m-agent' } satisfies Record<keyof Levels, string>;
/** With reduced motion the bars move in steps. */
const calmMs = 500;

/** How loud one side is. Painted past React: it changes ten times a second. */
function LevelMeter({ phone, side, label }: { phone: Phone; side: keyof Levels; label: string }) {
  const meter = useRef<HTMLMeterElement>(null);
  const bar = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const calm = matchMedia('(prefers-reduced-motion: reduce)');
    let paintedAt = 0;
    return phone.levels.subscribe(() => {
      const now = performance.now();
      if (calm.matches && now - paintedAt < calmMs) return;
      paintedAt = now;
      const share = shareOf(phone.levels.get()[side]);
      if (bar.current) bar.current.style.width = `${Math.round(share * 100)}%`;
      if (meter.current) meter.current.value = Math.round(share * 100);
    });
  }, [phone, side]);
  return (
    <div className="flex items-center gap-3">
      <span aria-hidden="true" className="w-20 shrink-0 text-table text-text-2">
        {label}
      </span>
      <meter ref={meter} aria-label={label} min={0} max={100} value={0} className="visually-hidden" />
      <div
        aria-hidden="true"
        className="h-2.5 min-w-0 flex-1 overflow-hidden rounded-chip border border-border-strong bg-surface"
      >
        <div ref={bar} data-mark className={`h-full w-0 ${tones[side]}`} />
      </div>
    </div>
  );
}
