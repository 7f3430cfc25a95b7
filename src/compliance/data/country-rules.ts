import type { PlacePack } from './pack.ts';

/** Countries other than the United States whose rules are known to us. A country that stands nowhere is blocked. */
export const countryPlaceRules: PlacePack = {
  source:
    'CRTC rules on unsolicited telecommunications, French law 2025-594 and its decree on hours, German UWG section 7, Australian ' +
    'telemarketing industry standard, British industry custom; as summarised in reports, to be read by counsel',
  verifiedOn: '2026-11-20',
  places: {
    CA: { hours: { weekdays: '09:00-21:30', saturday: '10:00-18:00', sunday: '10:00-18:00' } },
    GB: {
      hours: { weekdays: '08:00-21:00', saturday: '09:00-17:00', sunday: '09:00-17:00' },
      note: 'Custom of the industry, not law.',
    },
    FR: {
      hours: { weekdays: ['10:00-13:00', '14:00-20:00'], saturday: null, sunday: null },
      holidays: 'FR',
      callsPer30Days: 4,
    },
    DE: {
      hours: { weekdays: '08:00-20:00', saturday: '08:00-20:00', sunday: null },
      holidays: 'DE',
      note: 'The law names no hours; these are ours.',
    },
    AU: { hours: { weekdays: '09:00-20:00', saturday: '09:00-17:00', sunday: null }, holidays: 'AU' },
  },
};

/** Time zones of countries whose numbers do not tell the place, or tell it by their first digits. */
export const countryZones: {
  readonly source: string;
  readonly verifiedOn: string;
  readonly countries: Readonly<
    Record<
      string,
      { readonly zones: readonly string[]; readonly byPrefix?: Readonly<Record<string, readonly string[]>> }
    >
  >;
} = {
  source: 'IANA time zone database, national numbering plans',
  verifiedOn: '2026-11-20',
  countries: {
    GB: { zones: ['Europe/London'] },
    FR: { zones: ['Europe/Paris'] },
    DE: { zones: ['Europe/Berlin'] },
    AU: {
      // Mobile numbers tell nothing, so a call must be right in the whole country.
      zones: ['Australia/Sydney', 'Australia/Brisbane', 'Australia/Adelaide', 'Australia/Darwin', 'Australia/Perth'],
      byPrefix: {
        '+612': ['Australia/Sydney', 'Australia/Adelaide'],
        '+613': ['Australia/Melbourne', 'Australia/Sydney'],
        '+617': ['Australia/Brisbane'],
        '+618': ['Australia/Adelaide', 'Australia/Darwin', 'Australia/Perth'],
      },
    },
  },
};
