declare module '../events.ts' {
  interface DomainEvents {
    /** Something happened that may have made an alert, or ended one: whoever shows them asks again. */
    'alerts.changed': Readonly<Record<string, never>>;
  }
}

export {};
