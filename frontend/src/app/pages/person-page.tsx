import { useQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { PhoneOutgoing } from 'lucide-react';
import { useState } from 'react';
import { BackLink } from '../../components/back-link.tsx';
import { Band } from '../../components/band.tsx';
import { Button } from '../../components/button.tsx';
import { ErrorPart } from '../../components/error-part.tsx';
import { PageActions } from '../../components/page-actions.tsx';
import { PageHeader } from '../../components/page-header.tsx';
import { Skeleton } from '../../components/skeleton.tsx';
import { StateMark } from '../../components/state-mark.tsx';
import { verdictQuery } from '../../features/calls/api/calls.ts';
import { NewCallDialog } from '../../features/calls/components/new-call-dialog.tsx';
import { VerdictPart } from '../../features/calls/components/verdict-part.tsx';
import { blockOfQuery, type Contact, contactQuery } from '../../features/contacts/api/contacts.ts';
import { ContactDialog } from '../../features/contacts/components/contact-dialog.tsx';
import { PersonCalls } from '../../features/contacts/components/person-calls.tsx';
import { PersonCampaigns } from '../../features/contacts/components/person-campaigns.tsx';
import { PersonConsent } from '../../features/contacts/components/person-consent.tsx';
import { PersonFacts } from '../../features/contacts/components/person-facts.tsx';
import { RemovePerson } from '../../features/contacts/components/remove-person.tsx';
import { timeThere, titleOf } from '../../features/contacts/contact-facts.ts';
import { BlockDialog } from '../../features/suppressions/components/suppression-dialogs.tsx';
import { ApiError } from '../../lib/api-error.ts';
import { formatWhen } from '../../lib/format.ts';
import { spacedNumber } from '../../lib/phone-number.ts';
import { useMay } from '../../lib/use-user.ts';
import { contactsText } from '../../strings/contacts.ts';

const route = getRouteApi('/contacts/$contactId');
const words = contactsText.person;

/** One person: may we call them now, what they agreed to, and what was said. */
export function PersonPage() {
  const { contactId } = route.useParams();
  const query = useQuery(contactQuery(contactId));
  const gone = query.error instanceof ApiError && [400, 404].includes(query.error.status);
  return (
    <>
      <BackLink to="/contacts">{words.back}</BackLink>
      {query.data && !gone ? (
        <KnownPerson contact={query.data} />
      ) : query.isError ? (
        <>
          <PageHeader title={gone ? words.gone : contactsText.title} facts={gone ? words.goneBody : undefined} />
          {!gone && (
            <div className="px-3 tablet:px-4">
              <ErrorPart what={words.failed} error={query.error} onRetry={() => void query.refetch()} />
            </div>
          )}
        </>
      ) : (
        <Skeleton rows={10} rowClass="h-12 px-4" />
      )}
    </>
  );
}

type Layer = 'call' | 'edit' | 'block' | 'remove';

function KnownPerson({ contact }: { contact: Contact }) {
  const navigate = route.useNavigate();
  const [layer, setLayer] = useState<Layer | null>(null);
  const close = () => setLayer(null);
  const mayWrite = useMay('contacts:write');
  const mayRemove = useMay('contacts:delete');
  const mayCall = useMay('calls:place');
  const mayBlock = useMay('suppressions:write');
  const seesBlocks = useMay('suppressions:read');
  const seesCalls = useMay('calls:read');
  const seesCampaigns = useMay('campaigns:read');
  const block = useQuery({ ...blockOfQuery(contact.phone), enabled: seesBlocks });
  const facts = [
    contact.name === null ? null : spacedNumber(contact.phone),
    contact.company,
    timeThere(contact.timeZone, Date.now()),
  ];
  return (
    <>
      <PageHeader
        title={titleOf(contact)}
        facts={facts.filter(Boolean).join(' · ') || undefined}
        actions={
          <PageActions
            actions={[
              ...(mayRemove ? [{ label: words.remove, danger: true, onSelect: () => setLayer('remove') }] : []),
              ...(mayBlock && block.data === null ? [{ label: words.block, onSelect: () => setLayer('block') }] : []),
              ...(mayWrite ? [{ label: words.edit, onSelect: () => setLayer('edit') }] : []),
            ]}
            primary={
              mayCall && (
                <Button look="primary" onClick={() => setLayer('call')}>
                  <PhoneOutgoing aria-hidden="true" className="size-4" />
                  {words.call}
                </Button>
              )
            }
          />
        }
      />
      {block.data && (
        <div className="mx-3 mb-4 rounded-control border border-bad bg-bad-soft px-3 py-2.5 tablet:mx-4">
          <StateMark kind="blocked">{words.blocked}</StateMark>
          <p className="mt-0.5">
            {words.blockedBody(block.data.reason, formatWhen(Date.parse(block.data.createdAt), { now: Date.now() }))}
          </p>
        </div>
      )}
      {mayCall && <MayBeCalled phone={contact.phone} />}
      {seesCampaigns && <PersonCampaigns contactId={contact.id} />}
      <PersonConsent contact={contact} />
      <PersonFacts contact={contact} />
      {seesCalls && <PersonCalls contactId={contact.id} />}
      {layer === 'call' && <NewCallDialog to={contact.phone} onClose={close} />}
      {layer === 'edit' && <ContactDialog contact={contact} onClose={close} />}
      {layer === 'block' && <BlockDialog phone={contact.phone} onClose={close} />}
      {layer === 'remove' && (
        <RemovePerson
          contact={contact}
          onRemoved={() => void navigate({ to: '/contacts', replace: true })}
          onClose={close}
        />
      )}
    </>
  );
}

/** The rules change with the clock, so they are asked again while somebody looks. */
const askAgainMs = 60_000;

function MayBeCalled({ phone }: { phone: string }) {
  const [order] = useState(() => ({ to: phone }));
  const verdict = useQuery({ ...verdictQuery(order), refetchInterval: askAgainMs });
  return (
    <Band title={words.now} body={words.nowBody}>
      <VerdictPart
        verdict={verdict.data}
        error={verdict.data ? null : verdict.error}
        onRetry={() => void verdict.refetch()}
      />
    </Band>
  );
}
