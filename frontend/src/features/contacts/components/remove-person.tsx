import { ConfirmAct } from '../../../components/confirm-act.tsx';
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
    <ConfirmAct
      title={words.removeTitle(titleOf(contact))}
      body={words.removeBody}
      act={words.remove}
      failed={words.removeFailed}
      onClose={onClose}
      mutation={remove}
      input={undefined}
      said={() => words.removed(titleOf(contact))}
      onDone={onRemoved}
    />
  );
}
