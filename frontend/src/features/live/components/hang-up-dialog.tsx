import { useMutation } from '@tanstack/react-query';
import { ConfirmDialog } from '../../../components/confirm-dialog.tsx';
import { notify } from '../../../lib/announcements.ts';
import { liveText } from '../../../strings/live.ts';
import { hangUp } from '../api/commands.ts';

const words = liveText.hangUp;

/** Asks before the line is cut. */
export function HangUpDialog({
  callId,
  who,
  open,
  onClose,
}: {
  callId: string;
  who: string;
  open: boolean;
  onClose: () => void;
}) {
  const ending = useMutation({
    mutationFn: () => hangUp(callId),
    onSuccess: () => {
      onClose();
      notify(words.done);
    },
  });
  return (
    <ConfirmDialog
      open={open}
      title={words.title(who)}
      body={words.body}
      act={words.act}
      failed={words.failed}
      busy={ending.isPending}
      error={ending.error}
      onConfirm={() => ending.mutate()}
      onClose={onClose}
    />
  );
}
