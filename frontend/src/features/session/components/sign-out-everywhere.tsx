import { useMutation } from '@tanstack/react-query';
import { ConfirmDialog } from '../../../components/confirm-dialog.tsx';
import { session } from '../../../lib/browser-session.ts';
import { text } from '../../../strings/en.ts';

/** Asks before ending every session of this user. */
export function SignOutEverywhere({ open, onClose }: { open: boolean; onClose: () => void }) {
  const signOut = useMutation({ mutationFn: () => session.signOut(true) });
  return (
    <ConfirmDialog
      open={open}
      title={text.signOutEverywhere.title}
      body={text.signOutEverywhere.body}
      act={text.signOutEverywhere.confirm}
      busy={signOut.isPending}
      error={signOut.error}
      failed={text.signOutEverywhere.failed}
      onConfirm={() => signOut.mutate()}
      onClose={() => {
        signOut.reset();
        onClose();
      }}
    />
  );
}
