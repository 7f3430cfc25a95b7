import { useState } from 'react';
import { Button } from '../../../components/button.tsx';
import { ConfirmDialog } from '../../../components/confirm-dialog.tsx';
import { notify } from '../../../lib/announcements.ts';
import { hooksText } from '../../../strings/settings.ts';
import { useDiscardGivenUp, useReplayGivenUp } from '../api/hooks.ts';

const words = hooksText.givenUp;

/** What can be done with all messages of a webhook that were given up. */
export function GivenUpActs({ hookId }: { hookId: string }) {
  const [asking, setAsking] = useState<'replay' | 'discard' | null>(null);
  const replay = useReplayGivenUp(hookId);
  const discard = useDiscardGivenUp(hookId);
  const close = () => {
    replay.reset();
    discard.reset();
    setAsking(null);
  };
  const told = (sentence: string) => {
    notify(sentence);
    close();
  };
  return (
    <div className="flex flex-wrap gap-2">
      <Button onClick={() => setAsking('replay')}>{words.replay}</Button>
      <Button look="danger" onClick={() => setAsking('discard')}>
        {words.discard}
      </Button>
      <ConfirmDialog
        open={asking === 'replay'}
        harmless
        title={words.replayTitle}
        body={words.replayBody}
        act={words.replay}
        busy={replay.isPending}
        error={replay.error}
        failed={words.replayFailed}
        onClose={close}
        onConfirm={() => replay.mutate(undefined, { onSuccess: ({ queued }) => told(words.replayed(queued)) })}
      />
      <ConfirmDialog
        open={asking === 'discard'}
        title={words.discardTitle}
        body={words.discardBody}
        act={words.discard}
        busy={discard.isPending}
        error={discard.error}
        failed={words.discardFailed}
        onClose={close}
        onConfirm={() => discard.mutate(undefined, { onSuccess: ({ discarded }) => told(words.discarded(discarded)) })}
      />
    </div>
  );
}
