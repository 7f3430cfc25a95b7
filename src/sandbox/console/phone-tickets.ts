/** Whose phone it is. */
export interface PhoneHolder {
  readonly id: string;
  readonly label: string;
}

/** Tickets that open a phone's socket: a browser cannot send a bearer token with one, and a token has no place in an address. */
export interface PhoneTickets {
  /** A ticket for one opening, good for a few seconds; an older one of the same person is void. */
  issue(holder: PhoneHolder, now: number): { ticket: string; expiresAt: number };
  /** Whose ticket this is, once; undefined when it never existed, was used or is too old. */
  redeem(ticket: string, now: number): PhoneHolder | undefined;
}

const goodForMs = 30_000;

export function createPhoneTickets(random: () => string): PhoneTickets {
  const issued = new Map<string, { holder: PhoneHolder; expiresAt: number }>();
  return {
    issue(holder, now) {
      for (const [ticket, entry] of issued) {
        if (entry.expiresAt <= now || entry.holder.id === holder.id) issued.delete(ticket);
      }
      const ticket = random();
      const expiresAt = now + goodForMs;
      issued.set(ticket, { holder, expiresAt });
      return { ticket, expiresAt };
    },
    redeem(ticket, now) {
      const entry = issued.get(ticket);
      issued.delete(ticket);
      return entry && entry.expiresAt > now ? entry.holder : undefined;
    },
  };
}
