import type { JudgeRecord } from '../../src/campaigns/judge.ts';
import type {
  JudgedCall,
  JudgedCampaign,
  JudgedDial,
  JudgedInstallation,
  JudgedNumber,
  JudgedPerson,
} from '../../src/campaigns/judge-facts.ts';

/** A run with everything at hand. */
export interface Run {
  readonly campaign: JudgedCampaign;
  readonly installation: JudgedInstallation;
  readonly now: number;
  readonly calls: readonly JudgedCall[];
  readonly dials?: readonly JudgedDial[];
  readonly people?: readonly JudgedPerson[];
  readonly numbers?: Readonly<Record<string, Partial<JudgedNumber>>>;
  readonly carrierCalls?: readonly { readonly sid: string; readonly at: number }[];
}

const nothingKnown: JudgedNumber = { suppressedSince: null, zone: null, bookings: [], attempts: new Map() };

/** The run as the judge reads it. */
export function recordOf({ calls, dials = [], people = [], numbers = {}, ...run }: Run): JudgeRecord {
  const written = calls.map(call => ({ ...call, writtenAt: call.dialledAt - 40 }));
  written.sort((one, other) => one.writtenAt - other.writtenAt);
  return {
    ...run,
    calls: () => each(written),
    dials: () => each(dials),
    people: () => each(people),
    phoneOf: async callId => calls.find(({ id }) => id === callId)?.to ?? null,
    ofNumbers: async phones =>
      new Map(
        phones.map(phone => [
          phone,
          {
            calls: calls.filter(({ to }) => to === phone).sort((one, other) => one.dialledAt - other.dialledAt),
            facts: { ...nothingKnown, ...numbers[phone] },
          },
        ]),
      ),
  };
}

async function* each<T>(items: readonly T[]): AsyncGenerator<T> {
  yield* items;
}
