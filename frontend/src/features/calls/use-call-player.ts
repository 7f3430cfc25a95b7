import { useEffect, useState } from 'react';
import { useStore } from '../../lib/use-store.ts';
import { fetchPeaks, fetchSoundAddress, type Recording, type Turn } from './api/calls.ts';
import { type CallPlayer, createCallPlayer, type PlayerState, playerRates } from './call-player.ts';

/** The player of a recording, for as long as it is on screen; null where there is nothing to hear. */
export function useCallPlayer(recording: Recording | undefined): CallPlayer | null {
  const [player, setPlayer] = useState<CallPlayer | null>(null);
  const id = recording?.id;
  const startMs = recording?.startMs ?? 0;
  const durationMs = (recording?.durationSeconds ?? 0) * 1_000;
  useEffect(() => {
    if (id === undefined) return;
    const opened = createCallPlayer({
      fetchSoundAddress: signal => fetchSoundAddress(id, signal),
      fetchPeaks: signal => fetchPeaks(id, signal),
      startMs,
      durationMs,
    });
    setPlayer(opened);
    return () => {
      opened.close();
      setPlayer(null);
    };
  }, [id, startMs, durationMs]);
  return player;
}

export const usePlayerState = (player: CallPlayer): PlayerState => useStore(player.state);

/** A little before the first word, which would be cut off otherwise. */
export const beforeTurnMs = 200;
const stepMs = 5_000;

/** Space, arrows, comma and full stop, wherever on the page nothing else wants them. */
export function usePlayerKeys(player: CallPlayer | null, turns: readonly Turn[]): void {
  useEffect(() => {
    if (!player) return;
    const pressed = (event: KeyboardEvent) => {
      if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
      const target = event.target as HTMLElement;
      if (target.closest('input, select, textarea, [role="dialog"], [role="alertdialog"], [role="menu"], [role="tab"]'))
        return;
      if (event.key === ' ' && target.closest('button, a, summary')) return;
      const at = player.position.get();
      const { rate, toMs } = player.state.get();
      const begins = turns.map(turn => turn.startMs - beforeTurnMs);
      const faster = playerRates.findIndex(each => each >= rate);
      const acts: Record<string, () => void> = {
        ' ': () => player.toggle(),
        ArrowLeft: () => player.seek(at - stepMs),
        ArrowRight: () => player.seek(at + stepMs),
        ArrowUp: () => player.seek(begins.findLast(ms => ms < at - 2 * beforeTurnMs) ?? 0),
        ArrowDown: () => player.seek(begins.find(ms => ms > at + beforeTurnMs) ?? toMs),
        ',': () => player.setRate(playerRates[Math.max(0, faster - 1)]!),
        '.': () => player.setRate(playerRates[Math.min(playerRates.length - 1, faster + 1)]!),
      };
      const act = acts[event.key];
      if (!act) return;
      event.preventDefault();
      act();
    };
    addEventListener('keydown', pressed);
    return () => removeEventListener('keydown', pressed);
  }, [player, turns]);
}
