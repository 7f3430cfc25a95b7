import { useForm } from 'react-hook-form';
import { Button } from '../../../components/button.tsx';
import { Dialog, DialogActions } from '../../../components/dialog.tsx';
import { ErrorPart } from '../../../components/error-part.tsx';
import { TextArea, TextField } from '../../../components/field.tsx';
import { notify } from '../../../lib/announcements.ts';
import { fieldProblems } from '../../../lib/api-error.ts';
import type { ContactList } from '../../../lib/contact-lists.ts';
import { contactsText } from '../../../strings/contacts.ts';
import { text } from '../../../strings/en.ts';
import { useKeepList } from '../api/contacts.ts';

const words = contactsText.lists;

/** Makes a list, or renames and describes one. */
export function ListDialog({ list, onClose }: { list?: ContactList | undefined; onClose: () => void }) {
  const keep = useKeepList(list?.id);
  const { register, handleSubmit, formState } = useForm({
    defaultValues: { name: list?.name ?? '', description: list?.description ?? '' },
  });
  const refused = fieldProblems(keep.error)['name'];
  const submit = handleSubmit(({ name, description }) =>
    keep.mutate(
      { name: name.trim(), description: description.trim() },
      {
        onSuccess: () => {
          notify(list ? words.changed(name.trim()) : words.added(name.trim()));
          onClose();
        },
      },
    ),
  );
  return (
    <Dialog open onClose={onClose} title={list ? words.editTitle(list.name) : words.addTitle}>
      <form noValidate onSubmit={submit}>
        <div className="grid gap-4 p-4">
          <TextField
            label={words.name}
            maxLength={120}
            autoComplete="off"
            error={formState.errors.name?.message ?? (refused && `${words.name} ${refused}.`)}
            {...register('name', { validate: name => name.trim() !== '' || words.nameMissing })}
          />
          <TextArea label={words.description} maxLength={1000} {...register('description')} />
          {keep.error && <ErrorPart what={list ? words.editFailed : words.addFailed} error={keep.error} />}
        </div>
        <DialogActions onCancel={onClose}>
          <Button type="submit" look="primary" disabled={keep.isPending}>
            {list ? text.save : words.addSubmit}
          </Button>
        </DialogActions>
      </form>
    </Dialog>
  );
}
