declare module '../events.ts' {
  interface DomainEvents {
    /** Somebody may no longer do what they could: a session ended, a role or an account changed, a key was revoked. */
    'access.changed': Readonly<Record<never, never>>;
  }
}

export {};
