import { Type } from 'typebox';
import type { Events } from '../events.ts';
import { defineJob, type JobQueue } from '../jobs/queue.ts';
import type { Stored } from '../store/schema.ts';
import type { ConsentEvidenceRepository } from './consent-evidence-repository.ts';
import { evidenceKeptYears } from './consent-state.ts';
import type { Contact } from './contact-document.ts';
import type { ContactRepository } from './contact-repository.ts';
import type { Contacts } from './contacts.types.ts';
import './contacts-events.ts';

export interface ContactRemovalOptions {
  readonly repository: Pick<ContactRepository, 'findById' | 'remove'>;
  readonly evidence: Pick<ConsentEvidenceRepository, 'keep'>;
  /** Takes the name off the calls with this person. */
  readonly forgetOnCalls: (contactId: string) => Promise<unknown>;
  readonly hashOf: (phone: string) => Promise<string>;
  readonly jobs: Pick<JobQueue, 'enqueue' | 'process'>;
  readonly events: Pick<Events, 'publish'>;
  readonly now: () => Date;
}

export interface ContactRemoval {
  /** Deletes somebody: queues, proof of consent, the record, the name on calls, in this order. */
  remove(contact: Stored<Contact>): Promise<void>;
  readonly beforeDeleting: Contacts['beforeDeleting'];
}

const forgetJob = defineJob('contacts.forget', {
  payload: Type.Object({ contactId: Type.String() }, { additionalProperties: false }),
  backoff: { firstMs: 5_000, longestMs: 60 * 60_000 },
  maxAttempts: 40,
  timeLimitMs: 5 * 60_000,
});

/** A call that was being written down in that moment has its name by then. */
const stragglersMs = 60_000;

/**
 * Deleting somebody. The job is promised before anything is gone, so that a crash leaves no name behind on a call; it does nothing
 * while the person is still there, because then somebody refused.
 */
export function createContactRemoval({
  repository,
  evidence,
  forgetOnCalls,
  hashOf,
  jobs,
  events,
  now,
}: ContactRemovalOptions): ContactRemoval {
  const hooks: Parameters<Contacts['beforeDeleting']>[0][] = [];

  jobs.process(forgetJob, async ({ contactId }) => {
    if (!(await repository.findById(contactId))) await forgetOnCalls(contactId);
  });

  return {
    beforeDeleting: hook => void hooks.push(hook),
    async remove(contact) {
      const id = contact._id.toHexString();
      const at = now();
      await jobs.enqueue(forgetJob, { contactId: id }, { dedupeKey: id, runAt: new Date(at.getTime() + stragglersMs) });
      for (const hook of hooks) await hook({ id, phone: contact.phone });
      const history = contact.consentHistory ?? [];
      if (history.length > 0) {
        const expiresAt = new Date(at);
        expiresAt.setUTCFullYear(at.getUTCFullYear() + evidenceKeptYears);
        await evidence.keep({ contactId: id, phoneHash: await hashOf(contact.phone), history, expiresAt });
      }
      await repository.remove(contact._id);
      await forgetOnCalls(id);
      events.publish('contacts.deleted', { contactId: id });
    },
  };
}
