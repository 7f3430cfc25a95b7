import { canadaAreaCodes } from './data/canada-area-codes.ts';
import type { AreaCodePack } from './data/pack.ts';
import { specialAreaCodes } from './data/special-numbers.ts';
import { unitedStatesAreaCodes } from './data/us-area-codes.ts';

export interface AreaCodePlace {
  /** Country and state or province, such as `US-FL`. */
  readonly region: string;
  readonly zones: readonly string[];
}

const placesOf = ({ entries }: AreaCodePack): [string, AreaCodePlace][] =>
  entries.flatMap(({ region, zones, codes }) =>
    codes.split(' ').map((code): [string, AreaCodePlace] => [code, { region, zones }]),
  );

const places = new Map([unitedStatesAreaCodes, canadaAreaCodes].flatMap(placesOf));
const kinds = new Map(
  Object.entries(specialAreaCodes.codes).flatMap(([kind, codes]) =>
    codes.split(' ').map((code): [string, string] => [code, kind]),
  ),
);

/** The area code of a North American number; undefined for any other. */
export const areaCodeOf = (e164: string): string | undefined => /^\+1(\d{3})\d{7}$/.exec(e164)?.[1];

/** Where the numbers of an area code of the United States or Canada are at home. */
export const placeOfAreaCode = (code: string): AreaCodePlace | undefined => places.get(code);

/** What kind of service an area code is for when it belongs to no place. */
export const kindOfAreaCode = (code: string): string | undefined => kinds.get(code);
