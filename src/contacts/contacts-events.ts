declare module '../events.ts' {
  interface DomainEvents {
    /** A person was deleted in this process, after every queue let go of them. */
    'contacts.deleted': { readonly contactId: string };
  }
}

export {};
