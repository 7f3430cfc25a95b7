declare module '../events.ts' {
  interface DomainEvents {
    /** Somebody stopped all calling in this process, or allowed it again. */
    'kill-switch.turned': { readonly on: boolean };
  }
}

export {};
