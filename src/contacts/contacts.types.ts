import type { Types } from 'mongoose';
import type { Consent, ConsentWithdrawal } from './consent-state.ts';

/** How long a file waits for somebody to press start, and rejected rows for somebody to mend them. */
export const importsKeptDays = 30;

/** What a dialler and the rules about dialling need to know of a person. */
export interface KnownContact {
  readonly id: string;
  readonly phone: string;
  readonly name: string | null;
  readonly firstName: string | null;
  readonly lastName: string | null;
  readonly email: string | null;
  readonly company: string | null;
  readonly role: string | null;
  readonly language: string | null;
  readonly timeZone: string | null;
  /** What stands now; null when nothing was given or when it was withdrawn. */
  readonly consent: Consent | null;
  /** Everything given since the last withdrawal, best first; `consent` is the first of them. */
  readonly consents: readonly Consent[];
  readonly consentWithdrawn: ConsentWithdrawal | null;
  readonly customFields: Readonly<Record<string, string | number | boolean>>;
}

/** One entry that was not taken, by its place in what was handed in. */
export interface RejectedEntry {
  readonly index: number;
  readonly code: string;
  readonly field: string;
  readonly message: string;
}

export interface AddReport {
  readonly added: number;
  readonly merged: number;
  readonly rejected: readonly RejectedEntry[];
  /** Whom the taken entries became, in their order without doubles. */
  readonly contacts: readonly { readonly id: string; readonly phone: string }[];
}

export interface AddContext {
  readonly lists?: readonly (Types.ObjectId | string)[];
  readonly tags?: readonly string[];
  /** `api`, `import:<id>`, `campaign:<id>`. */
  readonly origin: string;
  /** The user, key or import that vouches for consents among them. */
  readonly by: string;
}

/** Whom we know, for other features. */
export interface Contacts {
  /** Null when nobody is known under this number; `phone` is E.164. */
  byPhone(phone: string): Promise<KnownContact | null>;
  byId(id: string): Promise<KnownContact | null>;
  /** Whoever is there of these. */
  byIds(ids: readonly string[]): Promise<KnownContact[]>;
  /** The zones that stand with these people, and when each was changed last, in milliseconds since 1970. */
  zonesOf(ids: readonly string[]): Promise<ReadonlyMap<string, { readonly name: string; readonly changedAt: number }>>;
  /** Adds people as a client gives them, at most a thousand at once; whoever is known already is merged. */
  add(entries: readonly unknown[], context: AddContext): Promise<AddReport>;
  /**
   * Registers what must have happened before somebody is deleted, such as leaving every queue. A hook that throws keeps the person
   * from being deleted; it may be asked again for the same person.
   */
  beforeDeleting(hook: (contact: { readonly id: string; readonly phone: string }) => Promise<void>): void;
  /** Everybody on a list, one by one. */
  onList(listId: string): AsyncIterable<{ readonly id: string; readonly phone: string }>;
  hasList(listId: string): Promise<boolean>;
  /** Some of those on a list who changed after this place, in the order in which they did; whoever joins a list changes by that. */
  changedOnList(listId: string, behind: ListPlace, atMost: number): Promise<readonly ListMember[]>;
}

/** A place in a list in the order in which its people changed last. */
export interface ListPlace {
  readonly changedAt: Date;
  /** Of the contact; empty for before everybody of that moment. */
  readonly id: string;
}

export interface ListMember extends ListPlace {
  readonly phone: string;
}

/** What other features know of people in a list, by contact; asked for all of a page at once. */
export interface PeopleStanding {
  /** The newest call with each. */
  lastCalls(
    contactIds: readonly string[],
  ): Promise<ReadonlyMap<string, { readonly id: string; readonly at: string; readonly outcome: string | null }>>;
  /** When a campaign that dials calls each next. */
  nextCalls(
    contactIds: readonly string[],
  ): Promise<ReadonlyMap<string, { readonly at: string; readonly campaignId: string; readonly campaignName: string }>>;
}
