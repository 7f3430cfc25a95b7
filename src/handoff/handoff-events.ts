import type { PeopleNews } from '../bridge/bridge.types.ts';

declare module '../events.ts' {
  interface DomainEvents {
    /** Somebody began or stopped to listen to a call or to speak on it; told by the process that holds the call. */
    'call.people': PeopleNews;
  }
}
