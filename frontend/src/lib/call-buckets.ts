/** A bar or a point of a chart: an hour, or a day where the range is long. */
export interface Bucket {
  readonly from: number;
  readonly to: number;
  readonly calls: number;
  readonly answered: number;
  readonly conversations: number;
  readonly spend: number;
  /** It is not over yet. */
  readonly running: boolean;
}

export interface HourFigures {
  readonly at: string;
  readonly calls: number;
  readonly answered: number;
  readonly conversations: number;
  readonly spend: { readonly amount: string };
}

const hourMs = 3_600_000;
/** More bars than this cannot be told apart. */
const mostHours = 72;

export const isByDay = (hours: readonly unknown[]): boolean => hours.length > mostHours;

/** Hours as they are, or gathered into the days of the viewer's calendar. */
export function bucketsOf(hours: readonly HourFigures[], now: number): Bucket[] {
  const byDay = isByDay(hours);
  const buckets: { -readonly [K in keyof Bucket]: Bucket[K] }[] = [];
  let day = '';
  for (const [place, hour] of hours.entries()) {
    const from = Date.parse(hour.at);
    // An hour ends where the next begins: clocks are put forward and back.
    const to = place + 1 < hours.length ? Date.parse(hours[place + 1]!.at) : from + hourMs;
    const itsDay = new Date(from).toDateString();
    if (!byDay || itsDay !== day)
      buckets.push({ from, to, calls: 0, answered: 0, conversations: 0, spend: 0, running: false });
    day = itsDay;
    const bucket = buckets.at(-1)!;
    bucket.to = to;
    bucket.calls += hour.calls;
    bucket.answered += hour.answered;
    bucket.conversations += hour.conversations;
    bucket.spend += Number(hour.spend.amount);
    bucket.running = now >= bucket.from && now < bucket.to;
  }
  return buckets;
}

const hourFormat = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit' });
const dayAndHourFormat = new Intl.DateTimeFormat(undefined, { weekday: 'short', hour: '2-digit', minute: '2-digit' });
const dayFormat = new Intl.DateTimeFormat(undefined, { day: 'numeric', month: 'short' });

/** The name of a bar, as short as it can be without doubt. `hours` is how many the whole range has. */
export const bucketLabel = ({ from }: Bucket, hours: number): string =>
  (hours > mostHours ? dayFormat : hours > 24 ? dayAndHourFormat : hourFormat).format(from);
