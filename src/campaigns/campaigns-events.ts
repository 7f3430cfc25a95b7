/** An entry of a campaign's log, as the API shows it. */
export interface CampaignLogEntry {
  readonly seq: number;
  readonly type: string;
  readonly at: string;
  /** The user, key or part of the system that did it. */
  readonly by: string;
  /** In plain language. */
  readonly text: string;
  readonly data: Readonly<Record<string, unknown>>;
}

declare module '../events.ts' {
  interface DomainEvents {
    /** A campaign came into being or changed; `fields` names what changed and is null for a new one. `seq` is its document's version. */
    'campaigns.changed': {
      readonly campaignId: string;
      readonly seq: number;
      readonly campaign: Readonly<Record<string, unknown>>;
      readonly fields: readonly string[] | null;
    };
    /** Where a running campaign stands, at most once a second. */
    'campaigns.progressed': {
      readonly campaignId: string;
      readonly seq: number;
      readonly stats: Readonly<Record<string, unknown>>;
    };
    /** An entry was added to its log. */
    'campaigns.noted': { readonly campaignId: string; readonly entry: CampaignLogEntry };
  }
}
