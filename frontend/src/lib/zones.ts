/** The place that a zone is named for, such as Los Angeles. */
export const placeOf = (zone: string): string => (zone.split('/').at(-1) ?? zone).replaceAll('_', ' ');

/** A moment by the clock of a zone, with the weekday; null where the zone is unknown, or the viewer's clock says the same. */
export function clockIn(
  zone: string | null,
  at: number,
  { locale, own }: { locale?: string; own?: string } = {},
): { readonly time: string; readonly place: string } | null {
  if (zone === null) return null;
  const time = (timeZone: string | undefined) =>
    new Intl.DateTimeFormat(locale, { timeZone, weekday: 'short', hour: '2-digit', minute: '2-digit' }).format(at);
  try {
    const there = time(zone);
    return there === time(own) ? null : { time: there, place: placeOf(zone) };
  } catch {
    return null; // a zone that this browser does not know
  }
}
