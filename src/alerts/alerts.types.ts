import type { TroubledNumber } from '../agents/agents.types.ts';
import type { Permission } from '../auth/identities.types.ts';
import type { CampaignState } from '../campaigns/campaign-state.ts';

export const alertKinds = [
  'calling-stopped',
  'campaign-stopped',
  'dependency',
  'number',
  'webhook',
  'webhook-messages',
  'dead-jobs',
  'mixed-releases',
] as const;
export type AlertKind = (typeof alertKinds)[number];

/** `urgent` keeps calls from being made or kept; `attention` can wait until somebody has time. */
export const alertLevels = ['urgent', 'attention'] as const;
export type AlertLevel = (typeof alertLevels)[number];

/** Where to mend it: `id` where one of several is meant. */
export const alertPlaces = ['calling', 'campaign', 'health', 'numbers', 'webhook', 'webhook-messages', 'jobs'] as const;
export type AlertPlace = (typeof alertPlaces)[number];

/** Something that does not mend itself. */
export interface Alert {
  /** The same as long as it is the same trouble. */
  readonly id: string;
  readonly kind: AlertKind;
  readonly level: AlertLevel;
  /** What happened. */
  readonly sentence: string;
  /** Null where nobody wrote it down. */
  readonly since: string | null;
  /** What to do. */
  readonly remedy: string;
  readonly link: { readonly kind: AlertPlace; readonly id: string | null };
}

/** An alert with the right without which nobody is told of it. */
export interface GuardedAlert extends Alert {
  readonly needs: Permission;
}

/** What the house knows of itself; a source that could not be asked is left out, as nothing is known of it. */
export interface AlertFacts {
  readonly killSwitch?: {
    readonly on: boolean;
    readonly since: string | null;
    readonly by: string | null;
    readonly reason: string | null;
  };
  readonly campaigns?: readonly {
    readonly id: string;
    readonly name: string;
    readonly state: CampaignState;
    readonly cause: { readonly code: string; readonly message: string; readonly at: Date } | null;
  }[];
  readonly dependencies?: readonly {
    readonly name: string;
    readonly critical: boolean;
    readonly state: 'up' | 'degraded' | 'down';
    readonly detail?: string;
    /** What only a person can do; absent where it may come back by itself. */
    readonly remedy?: string;
    /** Everything still works: it is told before it does not. */
    readonly warning?: true;
    /** Since when it is not up. */
    readonly since?: string;
  }[];
  readonly numbers?: readonly TroubledNumber[];
  readonly webhooks?: readonly {
    readonly id: string;
    readonly url: string;
    readonly enabled: boolean;
    readonly problem: string | null;
    /** Since when nothing was delivered to it although it was tried. */
    readonly failingSince: Date | null;
  }[];
  /** Messages that were given up and can still be sent again, by the webhook that they were for. */
  readonly givenUp?: readonly {
    readonly id: string;
    readonly url: string;
    readonly count: number;
    /** There are more of them than were counted. */
    readonly more: boolean;
    /** When the first of them was given up. */
    readonly since: Date | null;
  }[];
  readonly deadJobs?: {
    readonly jobs: readonly { readonly name: string; readonly finishedAt?: Date }[];
    readonly more: boolean;
  };
  readonly mixed?: { readonly releases: readonly (string | null)[]; readonly since: Date } | null;
}
