import { useForm, useWatch } from 'react-hook-form';
import { Button } from '../../../components/button.tsx';
import { Dialog, DialogActions } from '../../../components/dialog.tsx';
import { ErrorPart } from '../../../components/error-part.tsx';
import { TextField } from '../../../components/field.tsx';
import { notify } from '../../../lib/announcements.ts';
import { text } from '../../../strings/en.ts';
import { type NewUser, useAddUser } from '../api/users.ts';
import { FirstPasswordField } from './first-password-field.tsx';
import { RoleField } from './role-field.tsx';

export function AddUserDialog({ onClose }: { onClose: () => void }) {
  const add = useAddUser();
  const { register, handleSubmit, control, setValue, formState } = useForm<NewUser>({
    defaultValues: { email: '', role: 'viewer', password: '' },
  });
  const role = useWatch({ control, name: 'role' });
  const { errors } = formState;

  const submit = handleSubmit(user =>
    add.mutate(user, {
      onSuccess: () => {
        notify(text.users.added(user.email));
        onClose();
      },
    }),
  );

  return (
    <Dialog open onClose={onClose} title={text.users.addTitle} description={text.users.addBody}>
      <form noValidate onSubmit={submit}>
        <div className="grid gap-4 p-4">
          <TextField
            label={text.users.email}
            type="email"
            autoComplete="off"
            autoCapitalize="none"
            spellCheck={false}
            error={errors.email?.message}
            {...register('email', {
              setValueAs: (value: string) => value.trim(),
              validate: value => /^[^\s@]+@[^\s@]+\.[^\s@]+$/.test(value) || text.users.emailInvalid,
            })}
          />
          <RoleField role={role} {...register('role')} />
          <FirstPasswordField
            label={text.users.password}
            registration={register('password', FirstPasswordField.rules)}
            error={errors.password?.message}
            onGenerate={password => setValue('password', password, { shouldValidate: true })}
          />
          {add.error && <ErrorPart what={text.users.addFailed} error={add.error} />}
        </div>
        <DialogActions onCancel={onClose}>
          <Button type="submit" look="primary" disabled={add.isPending}>
            {text.users.addSubmit}
          </Button>
        </DialogActions>
      </form>
    </Dialog>
  );
}
