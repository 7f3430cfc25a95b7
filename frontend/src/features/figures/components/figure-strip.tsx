import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { Figure, FigureRow } from '../../../components/figure.tsx';
import type { RangeSearch } from '../../../lib/date-range.ts';
import { formatCount, formatDuration, formatMoney, formatMs, formatShare } from '../../../lib/format.ts';
import { figuresText as words } from '../../../strings/figures.ts';
import type { Dashboard, Figures } from '../api/figures.ts';
import { changeOf } from '../stretches.ts';

/** The figures of a range at one glance; each leads to the calls behind it and says how it compares. */
export function FigureStrip({
  totals,
  before,
  active,
  range,
}: {
  totals: Dashboard['totals'];
  before: Figures;
  active: number;
  range: RangeSearch;
}) {
  const { spend } = totals;
  return (
    <FigureRow>
      <Figure label={words.onLine} note={words.onLineNote}>
        <Link to="/live" className="hover:underline">
          {formatCount(active)}
        </Link>
      </Figure>
      <Figure label={words.calls} note={<Change now={totals.calls} before={before.calls} />}>
        <Calls search={range}>{formatCount(totals.calls)}</Calls>
      </Figure>
      <Figure label={words.answered} note={<Change now={totals.answered} before={before.answered} />}>
        <Calls search={{ ...range, min: 0 }}>{formatCount(totals.answered)}</Calls>
      </Figure>
      <Figure label={words.rate} note={<Points now={totals} before={before} />}>
        <Calls search={{ ...range, min: 0 }}>{totals.calls === 0 ? '–' : formatShare(totals.answerRate)}</Calls>
      </Figure>
      <Figure
        label={words.delay}
        note={
          totals.latency.p50 > 0 && (
            <>
              {words.delayNote(formatMs(totals.latency.p95))}
              <span className="block">
                <Change now={totals.latency.p50} before={before.latency.p50} />
              </span>
            </>
          )
        }
      >
        <Calls search={{ ...range, outcome: 'conversation' }}>
          {totals.latency.p50 === 0 ? '–' : formatMs(totals.latency.p50)}
        </Calls>
      </Figure>
      <Figure
        label={words.talked}
        note={<Change now={totals.averageDurationSeconds} before={before.averageDurationSeconds} />}
      >
        <Calls search={{ ...range, min: 0 }}>
          {totals.answered === 0 ? '–' : formatDuration(Math.round(totals.averageDurationSeconds))}
        </Calls>
      </Figure>
      <Figure
        label={words.spend}
        note={
          <>
            {spend.incompleteCalls > 0 && <span className="block">{words.incomplete(spend.incompleteCalls)}</span>}
            <Change now={Number(spend.amount)} before={Number(before.spend.amount)} />
          </>
        }
      >
        <Calls search={range}>{formatMoney(spend.amount, spend.currency)}</Calls>
      </Figure>
    </FigureRow>
  );
}

function Calls({
  search,
  children,
}: {
  search: RangeSearch & { min?: number; outcome?: 'conversation' };
  children: ReactNode;
}) {
  return (
    <Link to="/calls" search={search} className="hover:underline">
      {children}
    </Link>
  );
}

function Change({ now, before }: { now: number; before: number }) {
  const change = changeOf(now, before);
  if (change === null) return null;
  if (Math.abs(change) < 0.005) return words.same;
  return <span title={words.beforeHint}>{(change > 0 ? words.more : words.less)(formatShare(Math.abs(change)))}</span>;
}

function Points({ now, before }: { now: Figures; before: Figures }) {
  if (before.calls === 0 || now.calls === 0) return null;
  const points = Math.round((now.answerRate - before.answerRate) * 100);
  if (points === 0) return words.same;
  return <span title={words.beforeHint}>{words.points(formatCount(Math.abs(points)), points > 0)}</span>;
}
