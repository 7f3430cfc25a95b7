import { DateTime } from 'luxon';
import { Type } from 'typebox';
import { isTimeZone, wallText } from '../compliance/local-time.ts';
import { AppError } from '../errors.ts';
import { type Tool, ToolProblem } from './tool-registry.ts';

export interface CallbackBooking {
  /** Books it for whoever is on this call; throws an `AppError` whose words say why not. */
  book(callId: string, at: Date): Promise<void>;
}

const dateAndTime = /^\d{4}-\d\d-\d\dT\d\d:\d\d/;
const withOffset = /(?:Z|[+-]\d\d:\d\d)$/;

/** The person on the line asks to be called again at a time. */
export const scheduleCallbackTool = ({ book }: CallbackBooking): Tool => ({
  name: 'schedule_callback',
  parameters: Type.Object(
    {
      at: Type.String({ minLength: 1, maxLength: 40 }),
      timeZone: Type.Optional(Type.String({ maxLength: 64 })),
    },
    { additionalProperties: false },
  ),
  timeLimitMs: 5_000,
  async run({ at: text, timeZone }, { callId }) {
    const zone = typeof timeZone === 'string' ? timeZone : null;
    if (zone !== null && !isTimeZone(zone))
      throw new ToolProblem('timeZone must be an IANA name, such as America/Chicago.');
    const at = timeOf(String(text), zone);
    try {
      await book(callId, at);
    } catch (error) {
      if (error instanceof AppError && error.status < 500) throw new ToolProblem(`Not booked. ${error.message}`);
      throw error;
    }
    const local = zone === null ? {} : { local: wallText(zone, at.getTime()), timeZone: zone };
    const note = 'Limits on how often a number is called in a day may move it to a later day.';
    return { booked: true, at: at.toISOString(), ...local, note };
  },
});

/** A time that a change of the clocks leaves out is the one as much later. */
function timeOf(text: string, zone: string | null): Date {
  if (!dateAndTime.test(text)) throw new ToolProblem('at must be a date and time, such as 2027-03-01T17:00.');
  if (zone === null && !withOffset.test(text))
    throw new ToolProblem('Say in which timeZone that is, such as America/Chicago.');
  const at = DateTime.fromISO(text, { zone: zone ?? 'utc' });
  if (!at.isValid) throw new ToolProblem('There is no such date and time.');
  return at.toJSDate();
}
