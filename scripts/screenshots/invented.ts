// Invented people: numbers are from the range that each area code keeps for fiction, as far as it goes, and are dialled at the twin alone.

const first =
  'Ada Ben Clara Dora Emil Fay Gus Hana Ivo June Karl Lena Milo Nina Otto Paula Quinn Rosa Seth Tara Ugo Vera Wim Yara Zeno'.split(
    ' ',
  );
const last =
  'Abbott Birch Castell Dorn Ellery Farrow Grant Holm Iversen Jessop Kerr Lund Marsh Norwood Orton Pryce Quill Rowan Sandell Thorne Upton Vance Weir Yates Zeller'.split(
    ' ',
  );

/** Area codes and where they are. */
const areas = [
  ['212', 'America/New_York'],
  ['617', 'America/New_York'],
  ['312', 'America/Chicago'],
  ['214', 'America/Chicago'],
  ['303', 'America/Denver'],
  ['415', 'America/Los_Angeles'],
  ['206', 'America/Los_Angeles'],
  ['907', 'America/Anchorage'],
  ['808', 'Pacific/Honolulu'],
] as const;

export interface InventedPerson {
  readonly phone: string;
  readonly name: string;
  readonly email: string;
  readonly timeZone: string;
}

/** The same person for the same place, each with a number of their own; the first ones live where it is daytime now. */
export function inventedPeople(count: number, now: Date): InventedPerson[] {
  const awake = areas.filter(([, timeZone]) => isDaytime(timeZone, now));
  const codes = awake.length > 0 ? awake : areas;
  return Array.from({ length: count }, (_, place) => {
    const [code, timeZone] = codes[place % codes.length]!;
    const line = lineOf(Math.floor(place / codes.length));
    const [given, family] = [first[place % first.length]!, last[(place * 7 + Math.floor(place / 25)) % last.length]!];
    return {
      phone: `+1${code}555${line}`,
      name: `${given} ${family}`,
      email: `${given}.${family}@example.com`.toLowerCase(),
      timeZone,
    };
  });
}

/** The lower ones belong to the sandbox's own people and to the product; in the evening few area codes are left, and theirs do not suffice. */
const lineOf = (index: number): string => String(index < 60 ? 140 + index : 2_000 + index).padStart(4, '0');

/** Numbers that are called by law at any place only between eight and nine in the evening; an hour is left at both ends. */
function isDaytime(timeZone: string, now: Date): boolean {
  const hour = Number(new Intl.DateTimeFormat('en-GB', { hour: 'numeric', hourCycle: 'h23', timeZone }).format(now));
  return hour >= 9 && hour < 19;
}

/** Numbers between 0 and 1 that look random and are the same in every run. */
export function createDice(seed = 7): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}
