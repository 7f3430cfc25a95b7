import { formatFullTime, formatWhen } from '../lib/format.ts';
import { text } from '../strings/en.ts';
import { Tip } from './tip.tsx';

/** A moment in the viewer's zone; the full date and zone come with pointer or keyboard. */
export function When({ value }: { value: string | null | undefined }) {
  if (!value) return <span className="text-text-3">{text.never}</span>;
  const at = Date.parse(value);
  if (Number.isNaN(at)) return <span>{value}</span>;
  return (
    <Tip label={formatFullTime(at)}>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: the keyboard must reach the full date, too */}
      <time tabIndex={0} dateTime={value} className="whitespace-nowrap">
        {formatWhen(at, { now: Date.now() })}
      </time>
    </Tip>
  );
}
