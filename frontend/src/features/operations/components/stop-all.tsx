import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { Button } from '../../../components/button.tsx';
import { ConfirmAct } from '../../../components/confirm-act.tsx';
import { useMay } from '../../../lib/use-user.ts';
import { operationsText } from '../../../strings/operations.ts';
import { standingQuery, useStopAll } from '../api/operations.ts';
import { stopAllFacts } from '../standing.ts';

const words = operationsText.calling.stopAll;

/** Ends every campaign that has begun, after their number was typed. */
export function StopAllPart() {
  const { data } = useQuery(standingQuery);
  const mayStop = useMay('campaigns:run');
  const [asking, setAsking] = useState(false);
  const facts = data && stopAllFacts(data.campaigns);
  return (
    <div className="flex flex-wrap items-center gap-x-4 gap-y-2">
      <p className="min-w-48 flex-1">
        {facts && (facts.campaigns === 0 ? words.none : words.count(facts.campaigns, facts.live))}
      </p>
      {mayStop && facts !== undefined && facts.campaigns > 0 && (
        <Button look="danger" onClick={() => setAsking(true)}>
          {words.act}
        </Button>
      )}
      {asking && facts && <StopAllDialog facts={facts} onClose={() => setAsking(false)} />}
    </div>
  );
}

export function StopAllDialog({
  facts: known,
  onClose,
}: {
  facts: ReturnType<typeof stopAllFacts>;
  onClose: () => void;
}) {
  // What has to be typed must not change while somebody types it.
  const [facts] = useState(known);
  const stop = useStopAll();
  return (
    <ConfirmAct
      title={words.confirmTitle(facts.campaigns)}
      body={words.confirmBody(facts.left, facts.live)}
      act={words.act}
      typeToConfirm={String(facts.campaigns)}
      failed={words.failed}
      onClose={onClose}
      mutation={stop}
      input={undefined}
      said={({ stopped }) => words.done(stopped.length)}
    />
  );
}
