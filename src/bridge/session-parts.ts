import type { Clock } from '../jobs/clock.ts';
import type { ToolBox } from '../tools/tools.types.ts';
import type { Announcement } from './announcement.ts';
import type { CallDesk, PeopleNews } from './bridge.types.ts';
import type { Pulse } from './pulse.ts';
import type { SessionObserver } from './session-observer.ts';
import type { SessionRules } from './session-rules.ts';

/** What the sessions of a process share. */
export interface SessionParts {
  readonly clock: Clock;
  readonly pulse: Pulse;
  readonly rules: SessionRules;
  readonly desk: CallDesk;
  readonly tools: ToolBox;
  readonly apology: Announcement;
  readonly observer: SessionObserver;
  /** Told whenever somebody begins or stops to listen or to speak. */
  readonly peopleChanged?: (news: PeopleNews) => void;
  /** How many caller frames go into one message, by how much this process has to do. */
  readonly pressure: () => number;
}
