import { useEffect, useRef } from 'react';
import { preferences } from '../../../lib/preferences.ts';
import { useStore } from '../../../lib/use-store.ts';
import { loudest, type WavePeaks } from '../../../lib/wave-peaks.ts';
import type { Turn } from '../api/calls.ts';
import type { CallPlayer } from '../call-player.ts';

export interface Mark {
  readonly ms: number;
  readonly hit?: boolean;
}

const laneHeight = 36;
const marksHeight = 10;
export const waveHeight = 2 * laneHeight + marksHeight;

/**
 * Both voices along the call, the person above the agent, what was not played yet half as strong. Until the peaks are there, who spoke when
 * is taken from the transcript. For the eye alone: the slider over it serves everybody.
 */
export function Waveform({
  player,
  turns,
  callMs,
  marks,
}: {
  player: CallPlayer | null;
  turns: readonly Turn[];
  /** How long the call was. */
  callMs: number;
  marks: readonly Mark[];
}) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const { theme } = useStore(preferences);
  // biome-ignore lint/correctness/useExhaustiveDependencies: the colours are read anew when the theme changes
  useEffect(() => {
    const element = canvas.current;
    if (!element) return;
    let frame = 0;
    const paint = () => {
      frame = 0;
      const { peaks = null, fromMs = 0 } = player?.state.get() ?? {};
      draw(element, { peaks, fromMs, position: player?.position.get() ?? null, turns, callMs, marks });
    };
    const later = () => {
      frame ||= requestAnimationFrame(paint);
    };
    const size = new ResizeObserver(later);
    size.observe(element);
    const dark = matchMedia('(prefers-color-scheme: dark)');
    dark.addEventListener('change', later);
    const stops = [player?.state.subscribe(later), player?.position.subscribe(later)];
    later();
    return () => {
      cancelAnimationFrame(frame);
      size.disconnect();
      dark.removeEventListener('change', later);
      for (const stop of stops) stop?.();
    };
  }, [player, turns, callMs, marks, theme]);
  return (
    <div aria-hidden="true">
      <canvas ref={canvas} className="block w-full" style={{ height: waveHeight }} />
    </div>
  );
}

interface Picture {
  readonly peaks: WavePeaks | null;
  /** Where in the call the peaks begin. */
  readonly fromMs: number;
  /** null where nothing is played. */
  readonly position: number | null;
  readonly turns: readonly Turn[];
  readonly callMs: number;
  readonly marks: readonly Mark[];
}

const barPx = 2;
const gapPx = 1;

function draw(canvas: HTMLCanvasElement, picture: Picture): void {
  const { width } = canvas.getBoundingClientRect();
  const context = canvas.getContext('2d');
  if (!context || width === 0) return;
  const sharp = devicePixelRatio || 1;
  canvas.width = Math.round(width * sharp);
  canvas.height = Math.round(waveHeight * sharp);
  context.scale(sharp, sharp);
  const style = getComputedStyle(canvas);
  const colour = (name: string) => style.getPropertyValue(name);
  const { peaks, fromMs, position, turns, callMs, marks } = picture;
  const xOf = (ms: number) => (ms / Math.max(1, callMs)) * width;
  const head = position === null ? width : xOf(position);
  const [waveFrom, waveTo] = peaks ? [xOf(fromMs), xOf(fromMs + peaks.durationMs)] : [0, 0];
  const lanes = [
    { role: 'caller', ink: colour('--m-caller'), middle: laneHeight / 2 },
    { role: 'agent', ink: colour('--m-agent'), middle: laneHeight * 1.5 },
  ] as const;
  for (const [lane, { role, ink, middle }] of lanes.entries()) {
    context.fillStyle = ink;
    context.globalAlpha = 0.25;
    context.fillRect(0, middle - 0.5, width, 1);
    const loud = peaks?.channels[lane];
    const bar = (x: number, wide: number, high: number) => {
      context.globalAlpha = x < head ? 1 : 0.5;
      context.fillRect(x, middle - high / 2, wide, high);
    };
    if (loud) {
      const perPx = (peaks?.durationMs ?? 0) / (peaks?.msPerPoint ?? 1) / (waveTo - waveFrom);
      for (let x = waveFrom; x < waveTo; x += barPx + gapPx) {
        const first = Math.floor((x - waveFrom) * perPx);
        const last = Math.max(first + 1, Math.ceil((x - waveFrom + barPx + gapPx) * perPx));
        let highest = 0;
        for (let at = first; at < last && at < loud.length; at += 1) highest = Math.max(highest, loud[at]!);
        // The ear hears shares of loudness by their roots, more or less, and telephones are quiet.
        const high = Math.sqrt(highest / loudest) * (laneHeight - 4);
        if (high > 2) bar(x, barPx, high);
      }
    }
    // What was not recorded, or is not here yet, is told by the transcript: both voices of one channel, too.
    const mixed = peaks !== null && peaks.channels.length === 1;
    for (const turn of mixed ? [] : turns) {
      if (turn.role !== role && !(role === 'agent' && turn.role === 'person')) continue;
      for (let x = xOf(turn.startMs); x < xOf(turn.endMs); x += barPx + gapPx) {
        if (!loud || x < waveFrom || x >= waveTo) bar(x, barPx, 8);
      }
    }
  }
  context.globalAlpha = 1;
  for (const { ms, hit } of marks) {
    context.fillStyle = colour(hit ? '--m-warn' : '--m-idle');
    context.fillRect(xOf(ms) - 1, 2 * laneHeight + 2, hit ? 3 : 2, marksHeight - 2);
  }
  if (position !== null) {
    context.fillStyle = colour('--accent');
    context.fillRect(Math.min(width - 2, head), 0, 2, 2 * laneHeight);
  }
}
