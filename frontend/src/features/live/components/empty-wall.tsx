import { useQuery } from '@tanstack/react-query';
import { EmptyPart } from '../../../components/empty-part.tsx';
import { NextCallsAct, NextCallsSentence } from '../../../components/next-calls.tsx';
import { nextCallsQuery } from '../../../lib/next-calls.ts';
import { liveText } from '../../../strings/live.ts';

/** Nobody is on the line: when the next calls come, or why none do. */
export function EmptyWall() {
  const { data } = useQuery(nextCallsQuery);
  if (!data) return <EmptyPart what={liveText.empty} how={liveText.emptyHow} />;
  return (
    <EmptyPart
      what={liveText.empty}
      how={
        <>
          <NextCallsSentence next={data} /> {data.state !== 'calling-stopped' && liveText.emptyHow}
        </>
      }
      action={<NextCallsAct next={data} />}
    />
  );
}
