import clsx from 'clsx';
import { ChevronDown, ChevronUp } from 'lucide-react';
import { type KeyboardEvent, useEffect, useMemo, useRef, useState } from 'react';
import { Button } from '../../../components/button.tsx';
import { SearchBox } from '../../../components/filter-bar.tsx';
import { TurnText } from '../../../components/turn-text.tsx';
import { formatTicking } from '../../../lib/format.ts';
import { callsText } from '../../../strings/calls.ts';
import { text } from '../../../strings/en.ts';
import type { Turn } from '../api/calls.ts';
import type { CallPlayer } from '../call-player.ts';
import { turnAt, turnsSaying } from '../call-turns.ts';
import { beforeTurnMs } from '../use-call-player.ts';

const words = callsText.transcript;
const edges: Record<string, string> = { agent: 'border-m-agent', caller: 'border-m-caller', person: 'border-ink' };

/** What was said. A turn is a button that plays it; the one that is heard is marked and kept in view until the reader scrolls. */
export function CallTranscript({
  turns,
  person,
  player,
  search,
  onSearch,
}: {
  turns: readonly Turn[];
  person: string;
  /** null where nothing can be heard. */
  player: CallPlayer | null;
  search: string;
  onSearch: (words: string) => void;
}) {
  const box = useRef<HTMLDivElement>(null);
  const [current, setCurrent] = useState<number | null>(null);
  const [follows, setFollows] = useState(true);
  const found = useMemo(() => turnsSaying(turns, search), [turns, search]);
  const [hit, setHit] = useState(0);
  const chosen = found.length > 0 ? found[hit % found.length]! : null;

  useEffect(
    () =>
      player?.position.subscribe(() => {
        const { playing } = player.state.get();
        const at = player.position.get();
        setCurrent(at === player.state.get().fromMs && !playing ? null : turnAt(turns, at));
      }),
    [player, turns],
  );
  useEffect(() => {
    if (follows && current !== null) showTurn(box.current, current);
  }, [current, follows]);
  useEffect(() => {
    if (chosen !== null) showTurn(box.current, chosen);
  }, [chosen]);

  const step = (by: number) => setHit(before => (before + by + found.length) % Math.max(1, found.length));
  const entered = (event: KeyboardEvent) => {
    if (event.key !== 'Enter' || found.length === 0) return;
    step(event.shiftKey ? -1 : 1);
    event.preventDefault();
  };
  const stay = () => player?.state.get().playing && setFollows(false);

  return (
    <section aria-label={words.title} className="flex min-h-0 min-w-0 flex-1 flex-col">
      <div className="flex flex-wrap items-center gap-2 px-3 py-2 tablet:px-4">
        <h2 className="font-semibold text-section">{words.title}</h2>
        {/* biome-ignore lint/a11y/noStaticElementInteractions: Enter in the field goes from one place to the next */}
        <div className="ml-auto flex min-w-0 flex-1 items-center justify-end gap-1" onKeyDown={entered}>
          <SearchBox
            label={words.search}
            value={search}
            onChange={next => {
              setHit(0);
              onSearch(next);
            }}
          />
          {search.trim() !== '' && (
            <>
              <span role="status" className="shrink-0 whitespace-nowrap px-1 text-label text-text-2">
                {found.length === 0 ? words.noHit : words.hit((hit % found.length) + 1, found.length)}
              </span>
              <Button size="dense-icon" look="quiet" aria-label={words.previous} onClick={() => step(-1)}>
                <ChevronUp aria-hidden="true" className="size-4" />
              </Button>
              <Button size="dense-icon" look="quiet" aria-label={words.next} onClick={() => step(1)}>
                <ChevronDown aria-hidden="true" className="size-4" />
              </Button>
            </>
          )}
        </div>
      </div>
      <div
        ref={box}
        role="log"
        aria-live="off"
        aria-label={words.title}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
        tabIndex={0}
        onWheel={stay}
        onTouchMove={stay}
        className="relative min-h-0 flex-1 overflow-y-auto px-1 pb-4 focus-visible:-outline-offset-2 tablet:px-2"
      >
        <ol className="grid gap-0.5">
          {turns.map((turn, place) => (
            <li
              // biome-ignore lint/suspicious/noArrayIndexKey: a turn keeps its place
              key={place}
              data-turn={place}
              aria-current={place === current || undefined}
              className={clsx(
                'relative grid grid-cols-[4.5rem_minmax(0,1fr)] gap-x-3 rounded-control border-l-3 px-2 py-1 tablet:grid-cols-[6rem_minmax(0,1fr)]',
                edges[turn.role],
                place === current ? 'bg-accent-soft' : place === chosen ? 'bg-warn-soft' : player && 'hover:bg-hover',
              )}
            >
              <span className="text-label text-text-2">
                <span className="block truncate font-medium">{speakerOf(turn, person)}</span>
                {player ? (
                  <button
                    type="button"
                    aria-label={words.play(speakerOf(turn, person), formatTicking(turn.startMs / 1_000))}
                    onClick={() => {
                      setFollows(true);
                      player.playFrom(turn.startMs - beforeTurnMs);
                    }}
                    className="min-h-6 text-accent after:absolute after:inset-0 hover:underline"
                  >
                    {formatTicking(turn.startMs / 1_000)}
                  </button>
                ) : (
                  formatTicking(turn.startMs / 1_000)
                )}
              </span>
              <p className="min-w-0 break-words">
                <TurnText turn={turn} hits={search.trim()} />
                {turn.source === 'vendor' && <span className="text-label text-text-3"> {words.vendor}</span>}
              </p>
            </li>
          ))}
        </ol>
      </div>
      {!follows && (
        <Button size="dense" className="mx-auto mb-2" onClick={() => setFollows(true)}>
          {words.follow}
        </Button>
      )}
    </section>
  );
}

const speakerOf = ({ role }: Turn, person: string): string =>
  role === 'agent' ? text.turn.agent : role === 'person' ? text.turn.colleague : person;

/** Scrolls the box alone: the page around it stays. */
function showTurn(box: HTMLElement | null, place: number): void {
  const turn = box?.querySelector<HTMLElement>(`[data-turn="${place}"]`);
  if (!box || !turn) return;
  const [top, bottom] = [turn.offsetTop, turn.offsetTop + turn.offsetHeight];
  if (top < box.scrollTop) box.scrollTop = top - 40;
  else if (bottom > box.scrollTop + box.clientHeight) box.scrollTop = bottom - box.clientHeight + 40;
}
