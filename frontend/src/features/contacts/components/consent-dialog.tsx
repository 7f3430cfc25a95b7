import { useForm } from 'react-hook-form';
import { Button } from '../../../components/button.tsx';
import { Dialog, DialogActions } from '../../../components/dialog.tsx';
import { ErrorPart } from '../../../components/error-part.tsx';
import { SelectField, TextArea, TextField } from '../../../components/field.tsx';
import { present } from '../../../lib/address-words.ts';
import { notify } from '../../../lib/announcements.ts';
import { fieldProblems } from '../../../lib/api-error.ts';
import { localDay } from '../../../lib/date-range.ts';
import { contactsText } from '../../../strings/contacts.ts';
import { type ConsentEvent, useNoteConsent } from '../api/contacts.ts';

const words = contactsText.person;

/** Writes down that somebody agreed, or took it back. */
export function ConsentDialog({
  contactId,
  event,
  onClose,
}: {
  contactId: string;
  event: ConsentEvent['event'];
  onClose: () => void;
}) {
  const note = useNoteConsent(contactId);
  const given = event === 'given';
  const { register, handleSubmit, formState } = useForm({
    defaultValues: { kind: 'express' as 'express' | 'express-written', at: '', source: '', text: '' },
  });
  const refused = fieldProblems(note.error);
  const submit = handleSubmit(({ kind, at, source, text }) => {
    const proof = present({ source: source.trim(), at: at || undefined, text: text.trim() || undefined });
    note.mutate(given ? { given: { kind, ...proof } } : { withdrawn: proof }, {
      onSuccess: () => {
        notify(words.noted);
        onClose();
      },
    });
  });
  return (
    <Dialog
      open
      onClose={onClose}
      title={given ? words.noteTitle : words.withdrawTitle}
      description={given ? words.noteBody : words.withdrawBody}
    >
      <form noValidate onSubmit={submit}>
        <div className="grid gap-4 p-4">
          {given && (
            <SelectField label={words.kind} {...register('kind')}>
              {(['express', 'express-written'] as const).map(kind => (
                <option key={kind} value={kind}>
                  {words.kinds[kind]}
                </option>
              ))}
            </SelectField>
          )}
          <TextField
            label={words.at}
            help={words.atHelp}
            type="date"
            max={localDay(new Date().toISOString())}
            error={refused['at'] && `${words.at} ${refused['at']}.`}
            {...register('at')}
          />
          <TextField
            label={words.source}
            help={words.sourceHelp}
            maxLength={200}
            autoComplete="off"
            error={formState.errors.source?.message}
            {...register('source', { validate: source => source.trim() !== '' || words.sourceMissing })}
          />
          <TextArea label={words.exact} {...register('text')} />
          {note.error && <ErrorPart what={words.noteFailed} error={note.error} />}
        </div>
        <DialogActions onCancel={onClose}>
          <Button type="submit" look="primary" disabled={note.isPending}>
            {given ? words.note : words.withdraw}
          </Button>
        </DialogActions>
      </form>
    </Dialog>
  );
}
