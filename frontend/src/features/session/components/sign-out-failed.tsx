import { useMutation } from '@tanstack/react-query';
import { Button } from '../../../components/button.tsx';
import { Dialog, DialogActions } from '../../../components/dialog.tsx';
import { ErrorPart } from '../../../components/error-part.tsx';
import { session } from '../../../lib/browser-session.ts';
import { text } from '../../../strings/en.ts';

/** Whoever leaves a shared desk must know that the session is still open. */
export function SignOutFailed({ open, onClose }: { open: boolean; onClose: () => void }) {
  const again = useMutation({ mutationFn: () => session.signOut(false) });
  return (
    <Dialog open={open} onClose={onClose} title={text.signOutFailed.title} description={text.signOutFailed.body}>
      {again.error && (
        <div className="p-4">
          <ErrorPart what={text.signOutFailed.again} error={again.error} />
        </div>
      )}
      <DialogActions onCancel={onClose}>
        <Button look="primary" disabled={again.isPending} onClick={() => again.mutate()}>
          {text.menu.signOut}
        </Button>
      </DialogActions>
    </Dialog>
  );
}
