import { useQuery } from '@tanstack/react-query';
import clsx from 'clsx';
import { useLayoutEffect, useRef } from 'react';
import { TurnText } from '../../../components/turn-text.tsx';
import { formatTicking } from '../../../lib/format.ts';
import { text } from '../../../strings/en.ts';
import { type Said, saidQuery } from '../api/sandbox.ts';

const words = text.console.said;
type Turn = Said['turns'][number];

/** Whoever reads at the end stays there while more is said; whoever scrolled up is left alone. */
const nearEndPx = 48;

/** What was said on a call, as the product wrote it down, while it is said. */
export function SaidList({
  sid,
  live,
  label,
  person = words.person,
}: {
  sid: string;
  live: boolean;
  label: string;
  /** What the side that is not the agent is called. */
  person?: string;
}) {
  const { data, isError } = useQuery(saidQuery(sid, live));
  const box = useRef<HTMLDivElement>(null);
  const follows = useRef(true);
  // A greeting may be understood before the agent's sentence that it fell into was heard.
  const turns = [...(data?.turns ?? [])].sort((a, b) => a.startMs - b.startMs);
  const length = turns.length;
  // biome-ignore lint/correctness/useExhaustiveDependencies: it is a further turn that moves the end
  useLayoutEffect(() => {
    if (follows.current && box.current) box.current.scrollTop = box.current.scrollHeight;
  }, [length]);

  if (length === 0) {
    return <p className="text-text-2">{isError ? words.unknown : live ? words.listening : words.nothing}</p>;
  }
  return (
    <div
      ref={box}
      role="log"
      aria-live="off"
      aria-label={label}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
      tabIndex={0}
      onScroll={({ currentTarget: { scrollHeight, scrollTop, clientHeight } }) => {
        follows.current = scrollHeight - scrollTop - clientHeight < nearEndPx;
      }}
      className="max-h-72 overflow-y-auto focus-visible:-outline-offset-2"
    >
      <ol className="grid gap-1.5">
        {turns.map((turn, place) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: a turn keeps its place, and may begin when another does
          <TurnLine key={place} turn={turn} speaker={turn.role === 'agent' ? words.agent : person} />
        ))}
      </ol>
    </div>
  );
}

function TurnLine({ turn, speaker }: { turn: Turn; speaker: string }) {
  const { role, startMs } = turn;
  return (
    <li
      className={clsx(
        'grid grid-cols-[3.25rem_minmax(0,1fr)] gap-x-2 border-l-3 pl-2.5 tablet:grid-cols-[3rem_3.5rem_minmax(0,1fr)]',
        role === 'agent' ? 'border-m-agent' : 'border-m-caller',
      )}
    >
      <span className="font-mono text-table text-text-3">{formatTicking(startMs / 1_000)}</span>
      <span className="font-medium text-table text-text-2">{speaker}</span>
      <p className="col-span-2 min-w-0 break-words tablet:col-span-1">
        <TurnText turn={turn} />
      </p>
    </li>
  );
}
