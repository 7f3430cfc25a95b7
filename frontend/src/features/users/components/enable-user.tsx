import { ConfirmAct } from '../../../components/confirm-act.tsx';
import { text } from '../../../strings/en.ts';
import { type User, useChangeUser } from '../api/users.ts';

export function EnableUser({ user, onClose }: { user: User; onClose: () => void }) {
  const change = useChangeUser(user.id);
  return (
    <ConfirmAct
      harmless
      title={text.users.enableTitle(user.email)}
      body={text.users.enableBody}
      act={text.users.enable}
      failed={text.users.changeFailed}
      onClose={onClose}
      mutation={change}
      input={{ disabled: false }}
      said={() => text.users.enabledDone(user.email)}
    />
  );
}
