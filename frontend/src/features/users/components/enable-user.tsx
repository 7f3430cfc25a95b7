import { ConfirmDialog } from '../../../components/confirm-dialog.tsx';
import { notify } from '../../../lib/announcements.ts';
import { text } from '../../../strings/en.ts';
import { type User, useChangeUser } from '../api/users.ts';

export function EnableUser({ user, onClose }: { user: User; onClose: () => void }) {
  const change = useChangeUser(user.id);
  return (
    <ConfirmDialog
      open
      harmless
      title={text.users.enableTitle(user.email)}
      body={text.users.enableBody}
      act={text.users.enable}
      busy={change.isPending}
      error={change.error}
      failed={text.users.changeFailed}
      onClose={onClose}
      onConfirm={() =>
        change.mutate(
          { disabled: false },
          {
            onSuccess: () => {
              notify(text.users.enabledDone(user.email));
              onClose();
            },
          },
        )
      }
    />
  );
}
