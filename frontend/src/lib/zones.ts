/** The place that a zone is named for, such as Los Angeles. */
export const placeOf = (zone: string): string => (zone.split('/').at(-1) ?? zone).replaceAll('_', ' ');

/** A moment by the clock of a zone, with the weekday; null where the zone is unknown. */
export function clockAt(
  zone: string | null,
  at: number,
  locale?: string,
): { readonly time: string; readonly place: string } | null {
  if (zone === null) return null;
  try {
    return { time: timeIn(zone, at, locale), place: placeOf(zone) };
  } catch {
    return null; // a zone that this browser does not know
  }
}

/** The same; null also where the viewer's clock says the same. */
export function clockIn(
  zone: string | null,
  at: number,
  { locale, own }: { locale?: string; own?: string } = {},
): { readonly time: string; readonly place: string } | null {
  const there = clockAt(zone, at, locale);
  return there?.time === timeIn(own, at, locale) ? null : there;
}

const timeIn = (timeZone: string | undefined, at: number, locale?: string): string =>
  new Intl.DateTimeFormat(locale, { timeZone, weekday: 'short', hour: '2-digit', minute: '2-digit' }).format(at);
