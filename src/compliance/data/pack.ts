/** Where the facts of a pack come from, and when somebody last compared them. */
export interface PackOrigin {
  readonly source: string;
  /** `YYYY-MM-DD`. */
  readonly verifiedOn: string;
}

/** Area codes by the place they belong to. */
export interface AreaCodePack extends PackOrigin {
  readonly reviewEveryMonths: number;
  readonly entries: readonly {
    /** Country and state or province, such as `US-FL`. */
    readonly region: string;
    /** Every zone in which numbers of these codes are at home. */
    readonly zones: readonly string[];
    readonly codes: string;
  }[];
}

/** Hours of one weekday, `HH:MM-HH:MM` or several; null on a day without calls. */
export type DayHours = string | readonly string[] | null;

export interface WeekOfHours {
  /** Monday to Friday. */
  readonly weekdays: DayHours;
  readonly saturday: DayHours;
  readonly sunday: DayHours;
}

/** What the law of a place says about when and how often people may be called. */
export interface PlaceRules {
  readonly hours: WeekOfHours;
  /** The calendar whose days are closed. */
  readonly holidays?: string;
  /** Most sales calls to one person in 24 hours. */
  readonly salesCallsPerDay?: number;
  /** Most calls to one person in 30 days. */
  readonly callsPer30Days?: number;
  /** Sellers must be registered before they call anybody here to sell. */
  readonly registration?: true;
  /** The consent that a call without sales needs here, where it is more than the usual one. */
  readonly informationalConsent?: 'express-written';
  /** Why, or how sure it is. */
  readonly note?: string;
}

export interface PlacePack extends PackOrigin {
  readonly places: Readonly<Record<string, PlaceRules>>;
}
