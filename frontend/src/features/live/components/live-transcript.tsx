import clsx from 'clsx';
import { useLayoutEffect, useMemo, useRef, useState } from 'react';
import type { HeldTranscript } from '../../../../../src/live/live-state-protocol.ts';
import { Button } from '../../../components/button.tsx';
import { TurnText } from '../../../components/turn-text.tsx';
import { announce } from '../../../lib/announcements.ts';
import { formatTicking } from '../../../lib/format.ts';
import type { CallLogEntry } from '../../../lib/live/call-log.ts';
import type { ShownCall } from '../../../lib/live/live-calls.ts';
import { useUser } from '../../../lib/use-user.ts';
import { liveText } from '../../../strings/live.ts';
import { type ConversationLine, conversationLines } from '../conversation-lines.ts';
import { firstNameOf, nameOf } from '../shown.ts';

const words = liveText.transcript;
/** Whoever reads within this of the end follows it. */
const nearEndPx = 48;

/** What is said, growing word by word, with what happened between. */
export function LiveTranscript({
  call,
  transcript,
  log,
}: {
  call: ShownCall;
  transcript: HeldTranscript | undefined;
  log: readonly CallLogEntry[] | undefined;
}) {
  const me = useUser().email;
  const person = firstNameOf(call);
  const lines = useMemo(
    () => conversationLines(transcript?.turns ?? [], log ?? [], { answeredAt: call.answeredAt, person, me }),
    [transcript, log, call.answeredAt, person, me],
  );
  const box = useRef<HTMLDivElement>(null);
  const follows = useRef(true);
  const [seen, setSeen] = useState<number | null>(null);
  const read = useRef(0);

  // biome-ignore lint/correctness/useExhaustiveDependencies: it is what was said that moves the end
  useLayoutEffect(() => {
    if (follows.current && box.current) box.current.scrollTop = box.current.scrollHeight;
  }, [lines]);

  const stay = () => {
    if (!follows.current) return;
    follows.current = false;
    setSeen(lines.length);
  };
  const toEnd = () => {
    follows.current = true;
    setSeen(null);
    if (box.current) box.current.scrollTop = box.current.scrollHeight;
  };
  const readNew = () => {
    const fresh = lines.slice(read.current).filter(line => line.kind === 'turn');
    read.current = lines.length;
    const sentences = fresh.map(line =>
      line.kind === 'turn' ? `${speakerOf(line.turn.role, person)}: ${line.turn.text}` : '',
    );
    announce(sentences.length > 0 ? sentences.join(' ') : words.nothingNew);
  };

  return (
    <section aria-label={words.title} className="relative flex min-h-40 flex-1 flex-col">
      <div className="flex h-8 shrink-0 items-center justify-between px-4">
        <h3 className="font-semibold text-label text-text-2">{words.title}</h3>
        <Button
          size="dense"
          look="quiet"
          className="visually-hidden focus-visible:not-visually-hidden"
          onClick={readNew}
        >
          {words.read}
        </Button>
      </div>
      <div
        ref={box}
        role="log"
        aria-live="off"
        aria-label={words.label(nameOf(call))}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
        tabIndex={0}
        onWheel={event => event.deltaY < 0 && stay()}
        onTouchMove={stay}
        onKeyDown={event => ['ArrowUp', 'PageUp', 'Home'].includes(event.key) && stay()}
        onScroll={({ currentTarget: { scrollHeight, scrollTop, clientHeight } }) => {
          if (scrollHeight - scrollTop - clientHeight < nearEndPx && !follows.current) toEnd();
        }}
        className="min-h-0 flex-1 overflow-y-auto px-4 pb-3 focus-visible:-outline-offset-2"
      >
        {lines.length === 0 ? (
          <p className="text-text-3">{call.answeredAt ? words.empty : words.notAnswered}</p>
        ) : (
          <ol className="grid gap-2">
            {lines.map(line => (
              <Line key={line.key} line={line} person={call.contactName ? person : liveText.person} />
            ))}
          </ol>
        )}
      </div>
      {seen !== null && (
        <Button size="dense" className="absolute bottom-2 left-1/2 -translate-x-1/2 shadow-layer" onClick={toEnd}>
          {lines.length > seen ? words.more(lines.length - seen) : words.latest}
        </Button>
      )}
    </section>
  );
}

const speakerOf = (role: string, person: string): string =>
  role === 'agent' ? liveText.agent : role === 'person' ? liveText.colleague : person;

const edges: Record<string, string> = { agent: 'border-m-agent', caller: 'border-m-caller', person: 'border-ink' };

function Line({ line, person }: { line: ConversationLine; person: string }) {
  if (line.kind === 'note') {
    return (
      <li className="border-m-idle border-l-3 pl-2.5 text-label text-text-2">
        {line.text}
        {line.after && <span className="text-text-3"> · {line.after}</span>}
      </li>
    );
  }
  const { turn } = line;
  return (
    <li
      className={clsx(
        'grid grid-cols-[3.5rem_minmax(0,1fr)] gap-x-3 border-l-3 pl-2.5 tablet:grid-cols-[5.5rem_minmax(0,1fr)]',
        edges[turn.role],
      )}
    >
      <span className="text-label text-text-2">
        <span className="block truncate font-medium">{speakerOf(turn.role, person)}</span>
        <span className="text-text-3">{formatTicking(turn.startMs / 1_000)}</span>
      </span>
      <p className="min-w-0 break-words">
        <TurnText turn={turn} />
      </p>
    </li>
  );
}
