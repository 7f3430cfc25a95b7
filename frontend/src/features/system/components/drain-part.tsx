import { StateMark } from '../../../components/state-mark.tsx';
import { formatCount } from '../../../lib/format.ts';
import { operationsText } from '../../../strings/operations.ts';
import type { System } from '../api/system.ts';

const words = operationsText.drain;

/** What a restart would have to wait for. */
export function DrainPart({ drain: { state, live } }: { drain: System['drain'] }) {
  const held = live.filter(({ count }) => count > 0);
  return (
    <>
      {state !== 'running' && (
        <p className="pb-2">
          <StateMark kind="attention">{words.draining}</StateMark>
        </p>
      )}
      {held.length === 0 ? (
        <p className="text-text-2">{words.nothing}</p>
      ) : (
        <ul className="flex flex-wrap gap-x-6 gap-y-1">
          {held.map(({ name, count }) => (
            <li key={name}>
              {words.names[name] ?? name} <strong className="font-semibold">{formatCount(count)}</strong>
            </li>
          ))}
        </ul>
      )}
    </>
  );
}
