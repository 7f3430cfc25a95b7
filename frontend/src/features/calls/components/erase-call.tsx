import { ConfirmDialog } from '../../../components/confirm-dialog.tsx';
import { notify } from '../../../lib/announcements.ts';
import { callsText } from '../../../strings/calls.ts';
import { useEraseCall } from '../api/calls.ts';

const words = callsText.erase;

/** Asks before what was said and recorded is gone for good. */
export function EraseCall({ sid, open, onClose }: { sid: string; open: boolean; onClose: () => void }) {
  const erase = useEraseCall(sid);
  return (
    <ConfirmDialog
      open={open}
      title={words.title}
      body={words.body}
      act={words.act}
      failed={words.failed}
      busy={erase.isPending}
      error={erase.error}
      onClose={onClose}
      onConfirm={() =>
        erase.mutate(undefined, {
          onSuccess: ({ complete }) => {
            notify(complete ? words.done : words.later);
            onClose();
          },
        })
      }
    />
  );
}
