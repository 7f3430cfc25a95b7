import { useState } from 'react';
import { Button } from '../../../components/button.tsx';
import { ConfirmAct } from '../../../components/confirm-act.tsx';
import { hooksText } from '../../../strings/settings.ts';
import { useDiscardGivenUp, useReplayGivenUp } from '../api/hooks.ts';

const words = hooksText.givenUp;

/** What can be done with all messages of a webhook that were given up. */
export function GivenUpActs({ hookId }: { hookId: string }) {
  const [asking, setAsking] = useState<'replay' | 'discard' | null>(null);
  const close = () => setAsking(null);
  return (
    <div className="flex flex-wrap gap-2">
      <Button onClick={() => setAsking('replay')}>{words.replay}</Button>
      <Button look="danger" onClick={() => setAsking('discard')}>
        {words.discard}
      </Button>
      {asking === 'replay' && <ReplayDialog hookId={hookId} onClose={close} />}
      {asking === 'discard' && <DiscardDialog hookId={hookId} onClose={close} />}
    </div>
  );
}

function ReplayDialog({ hookId, onClose }: { hookId: string; onClose: () => void }) {
  const replay = useReplayGivenUp(hookId);
  return (
    <ConfirmAct
      harmless
      title={words.replayTitle}
      body={words.replayBody}
      act={words.replay}
      failed={words.replayFailed}
      mutation={replay}
      input={undefined}
      said={({ queued }) => words.replayed(queued)}
      onClose={onClose}
    />
  );
}

function DiscardDialog({ hookId, onClose }: { hookId: string; onClose: () => void }) {
  const discard = useDiscardGivenUp(hookId);
  return (
    <ConfirmAct
      title={words.discardTitle}
      body={words.discardBody}
      act={words.discard}
      failed={words.discardFailed}
      mutation={discard}
      input={undefined}
      said={({ discarded }) => words.discarded(discarded)}
      onClose={onClose}
    />
  );
}
