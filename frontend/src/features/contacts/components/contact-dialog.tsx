import { useState } from 'react';
import { useForm } from 'react-hook-form';
import { Button } from '../../../components/button.tsx';
import { Dialog, DialogActions } from '../../../components/dialog.tsx';
import { ErrorPart } from '../../../components/error-part.tsx';
import { TextField } from '../../../components/field.tsx';
import { ListChoice } from '../../../components/list-choice.tsx';
import { notify } from '../../../lib/announcements.ts';
import { fieldProblems } from '../../../lib/api-error.ts';
import { contactsText } from '../../../strings/contacts.ts';
import { type Contact, useAddContact, useChangeContact } from '../api/contacts.ts';
import { titleOf } from '../contact-facts.ts';
import { type ContactFields, contactChange, fieldsOf, newContact, ownProblems } from '../contact-form-fields.ts';
import { OwnFields } from './own-fields.tsx';

const words = contactsText.form;

/** Adds a person, or changes one; what the server refuses is said at its field. */
export function ContactDialog({
  contact,
  onKept,
  onClose,
}: {
  contact?: Contact;
  onKept?: (contact: Contact) => void;
  onClose: () => void;
}) {
  const add = useAddContact();
  const change = useChangeContact(contact?.id ?? '');
  const { error, isPending } = contact ? change : add;
  const before = fieldsOf(contact);
  const { register, handleSubmit, formState } = useForm<ContactFields>({ defaultValues: before });
  const [lists, setLists] = useState(before.lists);
  const [own, setOwn] = useState(before.own);
  const [checked, setChecked] = useState(false);
  const wrong = ownProblems(own, before.own);
  const refused = fieldProblems(error);
  const problem = (name: Exclude<keyof ContactFields, 'own'>) =>
    formState.errors[name]?.message ?? (refused[name] && `${words[name]} ${refused[name]}.`);
  const done = (kept: Contact, sentence: string) => {
    notify(sentence);
    onKept?.(kept);
    onClose();
  };
  const submit = handleSubmit(typed => {
    setChecked(true);
    if (wrong.some(each => each !== undefined)) return;
    const fields = { ...typed, lists, own };
    if (!contact)
      return add.mutate(newContact(fields), {
        onSuccess: ({ contact: kept }) => {
          const merged = kept.createdAt !== kept.updatedAt;
          done(kept, merged ? words.merged(titleOf(kept)) : words.added(titleOf(kept)));
        },
      });
    const changed = contactChange(before, fields);
    if (!changed) return onClose();
    change.mutate(changed, { onSuccess: ({ contact: kept }) => done(kept, words.changed(titleOf(kept))) });
  });
  const text = (name: Exclude<keyof ContactFields, 'lists' | 'phone' | 'own'>, help?: string) => (
    <TextField label={words[name]} help={help} autoComplete="off" error={problem(name)} {...register(name)} />
  );
  return (
    <Dialog
      open
      onClose={onClose}
      title={contact ? words.editTitle(titleOf(contact)) : words.addTitle}
      description={contact ? words.editBody : words.addBody}
    >
      <form noValidate onSubmit={submit}>
        <div className="grid gap-4 p-4">
          {!contact && (
            <TextField
              label={words.phone}
              help={words.phoneHelp}
              type="tel"
              autoComplete="off"
              error={problem('phone')}
              {...register('phone', { validate: phone => phone.trim() !== '' || words.phoneMissing })}
            />
          )}
          <div className="grid items-start gap-4 tablet:grid-cols-2">
            {text('firstName')}
            {text('lastName')}
            {text('company')}
            {text('role')}
            {text('email')}
            {text('language', words.languageHelp)}
            {text('timeZone', words.timeZoneHelp)}
            {text('tags', words.tagsHelp)}
          </div>
          <ListChoice label={words.lists} chosen={lists} onChange={setLists} />
          <OwnFields fields={own} problems={checked ? wrong : []} onChange={setOwn} />
          {error && <ErrorPart what={contact ? words.editFailed : words.addFailed} error={error} />}
        </div>
        <DialogActions onCancel={onClose}>
          <Button type="submit" look="primary" disabled={isPending}>
            {contact ? words.submitEdit : words.submitAdd}
          </Button>
        </DialogActions>
      </form>
    </Dialog>
  );
}
