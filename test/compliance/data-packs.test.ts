import { getCountries, getCountryCallingCode } from 'libphonenumber-js/max';
import { IANAZone } from 'luxon';
import { test } from 'tap';
import { areaCodeOf, kindOfAreaCode, placeOfAreaCode } from '../../src/compliance/area-codes.ts';
import { canadaAreaCodes } from '../../src/compliance/data/canada-area-codes.ts';
import { countryPlaceRules, countryZones } from '../../src/compliance/data/country-rules.ts';
import { holidayCalendars } from '../../src/compliance/data/holidays.ts';
import { specialAreaCodes } from '../../src/compliance/data/special-numbers.ts';
import { unitedStatesAreaCodes } from '../../src/compliance/data/us-area-codes.ts';
import { federalHours, statePlaceRules } from '../../src/compliance/data/us-place-rules.ts';
import { countriesWithRules } from '../../src/compliance/destinations.ts';
import { dayOfNumber, holidayOn, numberOfDay } from '../../src/compliance/holidays.ts';
import { openWeek } from '../../src/compliance/open-hours.ts';
import { lawOf } from '../../src/compliance/place-rules.ts';

const states =
  'AK AL AR AZ CA CO CT DC DE FL GA HI IA ID IL IN KS KY LA MA MD ME MI MN MO MS MT NC ND NE NH NJ NM NV NY OH OK OR PA RI SC SD TN TX UT VA VT WA WI WV WY'.split(
    ' ',
  );
const territories = ['AS', 'GU', 'MP', 'PR', 'VI'];
const provinces = ['AB', 'BC', 'MB', 'NB', 'NL', 'NS', 'NT', 'ON', 'QC', 'SK'];
const codesOf = ({ entries }: typeof unitedStatesAreaCodes) => entries.flatMap(({ codes }) => codes.split(' '));

test('every pack says where it comes from and when somebody last looked', async t => {
  const packs = {
    unitedStatesAreaCodes,
    canadaAreaCodes,
    statePlaceRules,
    federalHours,
    countryPlaceRules,
    countryZones,
    specialAreaCodes,
    ...holidayCalendars,
  };
  for (const [name, { source, verifiedOn }] of Object.entries(packs)) {
    t.ok(source.length > 10, name);
    t.match(verifiedOn, /^20\d\d-\d\d-\d\d$/, name);
    t.ok(new Date(verifiedOn).getTime() <= Date.now(), name);
  }
});

test('every state, territory and province has area codes, and every code stands once', async t => {
  const regions = (pack: typeof unitedStatesAreaCodes) => [...new Set(pack.entries.map(each => each.region))].sort();
  t.same(regions(unitedStatesAreaCodes), [...states, ...territories].map(each => `US-${each}`).sort());
  t.same(regions(canadaAreaCodes), provinces.map(each => `CA-${each}`).sort());
  const codes = [unitedStatesAreaCodes, canadaAreaCodes].flatMap(codesOf);
  t.equal(new Set(codes).size, codes.length);
  for (const code of codes) {
    t.match(code, /^[2-9]\d\d$/);
    t.equal(kindOfAreaCode(code), undefined, `${code} belongs to a place`);
    t.ok(lawOf(placeOfAreaCode(code)!.region), code);
  }
  t.equal(codesOf(unitedStatesAreaCodes).length, 371 + 6, 'states and the District, and six of territories');
});

test('every zone is one, and is named as the database names it', async t => {
  const zones = [
    ...[unitedStatesAreaCodes, canadaAreaCodes].flatMap(({ entries }) => entries.flatMap(each => each.zones)),
    ...Object.values(countryZones.countries).flatMap(each => [
      ...each.zones,
      ...Object.values(each.byPrefix ?? {}).flat(),
    ]),
  ];
  for (const zone of new Set(zones)) t.ok(IANAZone.isValidZone(zone), zone);
});

test('places that are hard to get right', async t => {
  const zonesOf = (code: string) => placeOfAreaCode(code)?.zones;
  const [east, central, mountain] = ['America/New_York', 'America/Chicago', 'America/Denver'];
  t.same(zonesOf('850'), [east, central]);
  t.same(zonesOf('448'), [east, central], 'an overlay is where its parent is');
  t.same(zonesOf('689'), [east], 'Orlando');
  t.same(zonesOf('915'), [mountain], 'El Paso');
  t.same(zonesOf('928'), ['America/Phoenix', mountain]);
  t.same(zonesOf('907'), ['America/Anchorage', 'America/Adak']);
  t.same(zonesOf('729'), [east, central]);
  t.same(placeOfAreaCode('867')?.zones.length, 5);
  t.equal(zonesOf('876'), undefined, 'Jamaica is a country of its own');
  t.equal(zonesOf('999'), undefined);
  t.equal(areaCodeOf('+442079460000'), undefined);
});

test('hours are hours of a day, and no state widens the federal ones', async t => {
  const federal = openWeek(federalHours.hours);
  for (const [place, { hours }] of Object.entries({ ...statePlaceRules.places, ...countryPlaceRules.places })) {
    t.equal(openWeek(hours).length, 7, place);
  }
  for (const state of [...states, ...territories]) {
    const { week } = lawOf(`US-${state}`)!.hours;
    week.forEach((ranges, weekday) => {
      for (const [from, to] of ranges) {
        const [[start, end]] = federal[weekday] as [[number, number]];
        t.ok(from >= start && to <= end && from < to, `${state} ${weekday}`);
      }
    });
  }
});

test('every country that is called by default has rules and a clock', async t => {
  for (const country of countriesWithRules) {
    if (country === 'US') continue;
    t.ok(lawOf(country), country);
    if (country !== 'CA') t.ok(countryZones.countries[country], country);
  }
  t.ok(
    getCountries().every(country => getCountryCallingCode(country)),
    'the metadata is there',
  );
});

test('holidays fall where calendars of paper have them', async t => {
  const on = (calendar: string, text: string) => {
    const [year, month, day] = text.split('-').map(Number) as [number, number, number];
    return holidayOn(calendar, dayOfNumber(Date.UTC(year, month - 1, day) / 86_400_000));
  };
  const days: [calendar: string, day: string, name: string | undefined][] = [
    ['US', '2026-11-26', 'Thanksgiving Day'],
    ['US', '2026-07-03', 'Independence Day'], // the fourth is a Saturday
    ['US', '2027-07-05', 'Independence Day'], // the fourth is a Sunday
    ['US', '2027-01-18', 'Martin Luther King Day'],
    ['US', '2027-05-31', 'Memorial Day'],
    ['US', '2027-12-31', "New Year's Day"], // of 2028, a Saturday
    ['US', '2026-11-27', undefined],
    ['US-LA', '2027-02-09', 'Mardi Gras'],
    ['US-LA', '2027-03-26', 'Good Friday'],
    ['US-PA', '2026-11-03', 'Election Day'],
    ['US-RI', '2026-08-10', 'Victory Day'],
    ['US-RI', '2027-11-02', undefined], // a year without federal election
    ['FR', '2027-03-29', 'Easter Monday'],
    ['FR', '2027-05-06', 'Ascension Day'],
    ['DE', '2027-05-17', 'Whit Monday'],
    ['GB', '2027-12-28', 'Day in lieu of Boxing Day'],
    ['GB', '2026-08-31', 'Summer bank holiday'],
    ['AU', '2027-01-26', 'Australia Day'],
    ['CA', '2026-10-12', 'Thanksgiving'],
  ];
  for (const [calendar, day, name] of days) t.equal(on(calendar, day), name, `${calendar} ${day}`);
  const easters = ['2024-03-31', '2025-04-20', '2026-04-05', '2027-03-28', '2028-04-16', '2038-04-25', '2049-04-18'];
  for (const easter of easters) {
    const monday = dayOfNumber(Date.parse(easter) / 86_400_000 + 1);
    t.equal(holidayOn('FR', monday), 'Easter Monday', easter);
    t.equal(numberOfDay(monday), Date.parse(easter) / 86_400_000 + 1);
  }
});
