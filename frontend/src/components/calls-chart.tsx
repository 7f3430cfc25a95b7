import { useMemo } from 'react';
import { type Bucket, bucketLabel, bucketsOf, type HourFigures } from '../lib/call-buckets.ts';
import { figuresText } from '../strings/figures.ts';
import { StackedBars } from './stacked-bars.tsx';

const words = figuresText.chart;
const parts = [
  { name: 'conversations', label: words.conversations, fill: 'var(--o1)' },
  { name: 'otherwise', label: words.answered, fill: 'var(--o2)' },
  { name: 'unanswered', label: words.unanswered, fill: 'var(--o3)' },
] as const;

/** How many calls there were along the time, and how far they came. Loaded apart from the page: Recharts is large. */
export function CallsChart({
  title,
  subtitle,
  hours,
  onOpen,
}: {
  title: string;
  subtitle: string;
  hours: readonly HourFigures[];
  /** A bar was pressed. */
  onOpen: (bucket: Bucket) => void;
}) {
  const data = useMemo(
    () =>
      bucketsOf(hours, Date.now()).map(bucket => ({
        ...bucket,
        label: bucketLabel(bucket, hours.length),
        otherwise: bucket.answered - bucket.conversations,
        unanswered: bucket.calls - bucket.answered,
      })),
    [hours],
  );
  return (
    <StackedBars
      title={title}
      subtitle={subtitle}
      data={data}
      parts={parts}
      words={words}
      keyOf={({ from }) => String(from)}
      totalOf={({ calls }) => calls}
      headingOf={({ label, running }) => (running ? `${label} ${words.soFar}` : label)}
      unfinished={({ running }) => running}
      onOpen={onOpen}
    />
  );
}
