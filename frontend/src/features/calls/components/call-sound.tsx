import { useMemo } from 'react';
import { FilterChoice } from '../../../components/filter-bar.tsx';
import { useMay } from '../../../lib/use-user.ts';
import { callsText } from '../../../strings/calls.ts';
import type { Call, CallEvent, Recording, Turn } from '../api/calls.ts';
import { isMarked, offsetOf } from '../call-events.ts';
import type { CallPlayer } from '../call-player.ts';
import { turnsSaying } from '../call-turns.ts';
import { CallPlayerBar } from './call-player-bar.tsx';
import { Waveform } from './waveform.tsx';

const words = callsText.player;

/** The sound of a call, or who spoke when with the reason why there is none. */
export function CallSound({
  call,
  player,
  recordings,
  recording,
  onRecording,
  turns,
  events,
  search,
}: {
  call: Call;
  player: CallPlayer | null;
  recordings: readonly Recording[];
  recording: Recording | undefined;
  onRecording: (id: string) => void;
  turns: readonly Turn[];
  events: readonly CallEvent[];
  search: string;
}) {
  const mayListen = useMay('recordings:listen');
  const callMs = lengthOf(call, recording, turns);
  const marks = useMemo(
    () => [
      ...events
        .filter(isMarked)
        .map(event => offsetOf(event.at, call.answeredAt))
        .filter(ms => ms !== null)
        .map(ms => ({ ms })),
      ...turnsSaying(turns, search).map(place => ({ ms: turns[place]!.startMs, hit: true })),
    ],
    [events, turns, search, call.answeredAt],
  );
  if (turns.length === 0 && !player) return null;
  const several = recordings.filter(({ state }) => state === 'stored');
  return (
    // Not one box for all: while the words scroll, the picture alone stays in view.
    <section aria-label={words.label} className="contents">
      {mayListen && player && recording ? (
        <>
          <CallPlayerBar player={player} recording={recording} callMs={callMs} turns={turns} marks={marks} />
          {several.length > 1 && (
            <div className="bg-surface px-3 pb-2.5 tablet:px-4">
              <FilterChoice
                label={words.part}
                value={recording.id}
                options={several.map(({ id }, place) => [id, words.partOf(place + 1, several.length)] as const)}
                onChange={onRecording}
              />
            </div>
          )}
        </>
      ) : (
        <div className="border-t bg-surface px-3 py-2.5 tablet:px-4">
          <Waveform player={null} turns={turns} callMs={callMs} marks={marks} />
          <p className="text-label text-text-2">
            {mayListen ? (words.without[soundOf(call)] ?? words.none) : words.mayNot}
          </p>
        </div>
      )}
    </section>
  );
}

/** Why there is no sound: a call that was to be recorded is not before what must be said first was heard. */
function soundOf({ recording, policy, endedAt }: Call): string {
  if (recording !== 'off' || policy?.['record'] !== true) return recording;
  return endedAt === null ? 'due' : 'unsaid';
}

function lengthOf({ durationSeconds }: Call, recording: Recording | undefined, turns: readonly Turn[]): number {
  const recorded = recording ? (recording.startMs ?? 0) + (recording.durationSeconds ?? 0) * 1_000 : 0;
  return Math.max(1_000, (durationSeconds ?? 0) * 1_000, recorded, ...turns.map(({ endMs }) => endMs));
}
