import { ConfirmDialog } from '../../../components/confirm-dialog.tsx';
import { notify } from '../../../lib/announcements.ts';
import { contactsText } from '../../../strings/contacts.ts';
import { type Contact, useRemoveContact } from '../api/contacts.ts';
import { titleOf } from '../contact-facts.ts';

const words = contactsText.person;

export function RemovePerson({
  contact,
  onRemoved,
  onClose,
}: {
  contact: Contact;
  onRemoved: () => void;
  onClose: () => void;
}) {
  const remove = useRemoveContact(contact.id);
  return (
    <ConfirmDialog
      open
      title={words.removeTitle(titleOf(contact))}
      body={words.removeBody}
      act={words.remove}
      busy={remove.isPending}
      error={remove.error}
      failed={words.removeFailed}
      onClose={onClose}
      onConfirm={() =>
        remove.mutate(undefined, {
          onSuccess: () => {
            notify(words.removed(titleOf(contact)));
            onRemoved();
          },
        })
      }
    />
  );
}
