import { useForm } from 'react-hook-form';
import { Button } from '../../../components/button.tsx';
import { Dialog, DialogActions } from '../../../components/dialog.tsx';
import { ErrorPart } from '../../../components/error-part.tsx';
import { TextField } from '../../../components/field.tsx';
import { notify } from '../../../lib/announcements.ts';
import { fieldProblems } from '../../../lib/api-error.ts';
import { spacedNumber } from '../../../lib/phone-number.ts';
import { contactsText } from '../../../strings/contacts.ts';
import { useAddSuppression, useLiftSuppression } from '../api/suppressions.ts';

const words = contactsText.suppressions;

/** Puts a number on the do-not-call list; that of a person is given. */
export function BlockDialog({ phone, onClose }: { phone?: string; onClose: () => void }) {
  const add = useAddSuppression();
  const { register, handleSubmit, formState } = useForm({ defaultValues: { phone: phone ?? '', reason: '' } });
  const refused = fieldProblems(add.error);
  const submit = handleSubmit(wish =>
    add.mutate(
      { phone: wish.phone.trim(), reason: wish.reason.trim() },
      {
        onSuccess: () => {
          notify(words.added);
          onClose();
        },
      },
    ),
  );
  return (
    <Dialog open onClose={onClose} title={words.addTitle} description={words.addBody}>
      <form noValidate onSubmit={submit}>
        <div className="grid gap-4 p-4">
          {phone === undefined ? (
            <TextField
              label={words.number}
              help={contactsText.form.phoneHelp}
              type="tel"
              autoComplete="off"
              error={formState.errors.phone?.message ?? (refused['phone'] && `${words.number} ${refused['phone']}.`)}
              {...register('phone', { validate: typed => typed.trim() !== '' || words.numberMissing })}
            />
          ) : (
            <p className="font-medium">{spacedNumber(phone)}</p>
          )}
          <TextField
            label={words.reason}
            help={words.reasonHelp}
            maxLength={500}
            autoComplete="off"
            error={formState.errors.reason?.message}
            {...register('reason', { validate: typed => typed.trim() !== '' || words.reasonMissing })}
          />
          {add.error && <ErrorPart what={words.addFailed} error={add.error} />}
        </div>
        <DialogActions onCancel={onClose}>
          <Button type="submit" look="primary" disabled={add.isPending}>
            {words.addSubmit}
          </Button>
        </DialogActions>
      </form>
    </Dialog>
  );
}

/** Takes a number off the list again; the reason stays in the audit log. */
export function LiftDialog({ id, number, onClose }: { id: string; number: string; onClose: () => void }) {
  const lift = useLiftSuppression(id);
  const { register, handleSubmit, formState } = useForm({ defaultValues: { reason: '' } });
  const submit = handleSubmit(({ reason }) =>
    lift.mutate(reason.trim(), {
      onSuccess: () => {
        notify(words.lifted);
        onClose();
      },
    }),
  );
  return (
    <Dialog open onClose={onClose} title={words.liftTitle(number)} description={words.liftBody}>
      <form noValidate onSubmit={submit}>
        <div className="grid gap-4 p-4">
          <TextField
            label={words.liftReason}
            maxLength={500}
            autoComplete="off"
            error={formState.errors.reason?.message}
            {...register('reason', { validate: typed => typed.trim() !== '' || words.reasonMissing })}
          />
          {lift.error && <ErrorPart what={words.liftFailed} error={lift.error} />}
        </div>
        <DialogActions onCancel={onClose}>
          <Button type="submit" look="solid-danger" disabled={lift.isPending}>
            {words.liftSubmit}
          </Button>
        </DialogActions>
      </form>
    </Dialog>
  );
}
