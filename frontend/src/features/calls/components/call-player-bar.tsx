import { Download, Pause, Play } from 'lucide-react';
import { useEffect, useRef, useState } from 'react';
import { Button } from '../../../components/button.tsx';
import { ErrorPart } from '../../../components/error-part.tsx';
import { FilterChoice } from '../../../components/filter-bar.tsx';
import { notify } from '../../../lib/announcements.ts';
import { formatTicking } from '../../../lib/format.ts';
import { saveFile } from '../../../lib/save-file.ts';
import { callsText } from '../../../strings/calls.ts';
import { fetchRecording, type Recording, type Turn } from '../api/calls.ts';
import { type CallPlayer, type HeardSide, playerRates } from '../call-player.ts';
import { usePlayerState } from '../use-call-player.ts';
import { type Mark, Waveform } from './waveform.tsx';

const words = callsText.player;
const sides = ['both', 'person', 'agent'] as const satisfies readonly HeardSide[];

/** Play, speed, the waveform with a slider over it, and what of the call is heard. */
export function CallPlayerBar({
  player,
  recording,
  callMs,
  turns,
  marks,
}: {
  player: CallPlayer;
  recording: Recording;
  callMs: number;
  turns: readonly Turn[];
  marks: readonly Mark[];
}) {
  const now = usePlayerState(player);
  const [saving, setSaving] = useState(false);
  const [problem, setProblem] = useState<unknown>(null);
  const save = () => {
    setSaving(true);
    setProblem(null);
    fetchRecording(recording.id)
      .then(file => {
        saveFile(file, `call-${recording.callId}.wav`);
        notify(words.saved);
      })
      .catch(setProblem)
      .finally(() => setSaving(false));
  };
  return (
    <>
      <div className="sticky top-11 z-10 grid grid-cols-[auto_minmax(0,1fr)] items-center gap-3 border-t bg-surface px-3 pt-2.5 tablet:px-4 roomy:static">
        <Button
          size="icon"
          look="primary"
          title="Space"
          aria-label={now.playing ? words.pause : words.play}
          disabled={now.state === 'loading'}
          onClick={() => player.toggle()}
        >
          {now.playing ? (
            <Pause aria-hidden="true" className="size-4" />
          ) : (
            <Play aria-hidden="true" className="size-4" />
          )}
        </Button>
        <div className="relative">
          <Waveform player={player} turns={turns} callMs={callMs} marks={marks} />
          <PositionSlider player={player} callMs={callMs} />
        </div>
      </div>
      <div className="flex flex-wrap items-center gap-2 bg-surface px-3 pt-1.5 pb-2.5 text-table tablet:px-4">
        <Clock player={player} callMs={callMs} />
        {now.state === 'loading' && <span className="text-text-2">{words.loading}</span>}
        <span className="ml-auto flex min-w-0 flex-wrap items-center justify-end gap-2">
          {recording.channels === 2 && (
            <FilterChoice
              label={words.side}
              value={now.side}
              options={sides.map(side => [side, words.sides[side]] as const)}
              onChange={side => player.setSide(side)}
            />
          )}
          <FilterChoice
            label={words.rate}
            value={String(now.rate)}
            options={playerRates.map(rate => [String(rate), `${rate}×`] as const)}
            onChange={rate => player.setRate(Number(rate))}
          />
          <Button
            look={now.skipsSilence ? 'pressed' : 'outlined'}
            aria-pressed={now.skipsSilence}
            data-pressed={now.skipsSilence || undefined}
            onClick={() => player.skipSilence(!now.skipsSilence)}
          >
            {words.skip}
          </Button>
          <Button aria-label={words.download} title={words.download} size="icon" disabled={saving} onClick={save}>
            <Download aria-hidden="true" className="size-4" />
          </Button>
        </span>
      </div>
      {now.state === 'failed' && (
        <ErrorPart
          className="mx-3 mb-2 tablet:mx-4"
          what={words.failed}
          error={now.error}
          onRetry={() => player.toggle()}
        />
      )}
      {problem !== null && (
        <ErrorPart className="mx-3 mb-2 tablet:mx-4" what={words.failed} error={problem} onRetry={save} />
      )}
    </>
  );
}

/** The real control of the position, laid over the picture of it. */
function PositionSlider({ player, callMs }: { player: CallPlayer; callMs: number }) {
  const slider = useRef<HTMLInputElement>(null);
  useEffect(() => {
    const write = () => {
      const at = player.position.get();
      if (!slider.current) return;
      slider.current.value = String(at);
      slider.current.setAttribute('aria-valuetext', words.position(clock(at), clock(callMs)));
    };
    write();
    return player.position.subscribe(write);
  }, [player, callMs]);
  return (
    <input
      ref={slider}
      type="range"
      aria-label={words.positionLabel}
      min={0}
      max={Math.max(1, callMs)}
      step={100}
      defaultValue={0}
      onInput={event => player.seek(Number(event.currentTarget.value))}
      className="absolute inset-0 h-full w-full cursor-pointer appearance-none bg-transparent focus-visible:outline-offset-1 [&::-moz-range-thumb]:opacity-0 [&::-webkit-slider-thumb]:opacity-0"
    />
  );
}

function Clock({ player, callMs }: { player: CallPlayer; callMs: number }) {
  const place = useRef<HTMLSpanElement>(null);
  useEffect(() => {
    const write = () => {
      if (place.current) place.current.textContent = `${clock(player.position.get())} / ${clock(callMs)}`;
    };
    write();
    return player.position.subscribe(write);
  }, [player, callMs]);
  return <span ref={place} aria-hidden="true" className="tabular-nums" />;
}

const clock = (ms: number): string => formatTicking(ms / 1_000);
