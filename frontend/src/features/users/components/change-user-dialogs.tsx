import { useForm, useWatch } from 'react-hook-form';
import { Button } from '../../../components/button.tsx';
import { ConfirmAct } from '../../../components/confirm-act.tsx';
import { Dialog, DialogActions } from '../../../components/dialog.tsx';
import { ErrorPart } from '../../../components/error-part.tsx';
import { notify } from '../../../lib/announcements.ts';
import { text } from '../../../strings/en.ts';
import { type RoleName, type User, useChangeUser } from '../api/users.ts';
import { FirstPasswordField } from './first-password-field.tsx';
import { RoleField } from './role-field.tsx';

type Props = { user: User; onClose: () => void };

export function ChangeRoleDialog({ user, onClose }: Props) {
  const change = useChangeUser(user.id);
  const { register, handleSubmit, control } = useForm<{ role: RoleName }>({ defaultValues: { role: user.role } });
  const role = useWatch({ control, name: 'role' });

  const submit = handleSubmit(({ role: next }) =>
    change.mutate(
      { role: next },
      {
        onSuccess: () => {
          notify(text.users.roleChanged(user.email, text.roles[next] ?? next));
          onClose();
        },
      },
    ),
  );

  return (
    <Dialog
      open
      onClose={onClose}
      title={text.users.changeRoleTitle(user.email)}
      description={text.users.changeRoleBody}
    >
      <form noValidate onSubmit={submit}>
        <div className="grid gap-4 p-4">
          <RoleField role={role} {...register('role')} />
          {change.error && <ErrorPart what={text.users.changeFailed} error={change.error} />}
        </div>
        <DialogActions onCancel={onClose}>
          <Button type="submit" look="primary" disabled={change.isPending || role === user.role}>
            {text.users.changeRole}
          </Button>
        </DialogActions>
      </form>
    </Dialog>
  );
}

export function SetPasswordDialog({ user, onClose }: Props) {
  const change = useChangeUser(user.id);
  const { register, handleSubmit, setValue, formState } = useForm<{ password: string }>({
    defaultValues: { password: '' },
  });

  const submit = handleSubmit(({ password }) =>
    change.mutate(
      { password },
      {
        onSuccess: () => {
          notify(text.users.passwordSet(user.email));
          onClose();
        },
      },
    ),
  );

  return (
    <Dialog
      open
      onClose={onClose}
      title={text.users.setPasswordTitle(user.email)}
      description={text.users.setPasswordBody}
    >
      <form noValidate onSubmit={submit}>
        <div className="grid gap-4 p-4">
          <FirstPasswordField
            label={text.password.next}
            registration={register('password', FirstPasswordField.rules)}
            error={formState.errors.password?.message}
            onGenerate={password => setValue('password', password, { shouldValidate: true })}
          />
          {change.error && <ErrorPart what={text.users.changeFailed} error={change.error} />}
        </div>
        <DialogActions onCancel={onClose}>
          <Button type="submit" look="primary" disabled={change.isPending}>
            {text.users.setPassword}
          </Button>
        </DialogActions>
      </form>
    </Dialog>
  );
}

export function DisableUserDialog({ user, onClose }: Props) {
  const change = useChangeUser(user.id);
  return (
    <ConfirmAct
      title={text.users.disableTitle(user.email)}
      body={text.users.disableBody}
      act={text.users.disable}
      failed={text.users.changeFailed}
      onClose={onClose}
      mutation={change}
      input={{ disabled: true }}
      said={() => text.users.disabledDone(user.email)}
    />
  );
}
