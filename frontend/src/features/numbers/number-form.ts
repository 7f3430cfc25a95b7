import { numbersText } from '../../strings/settings.ts';
import type { NumberChange, OwnNumber } from './api/numbers.ts';

export interface HoursLine {
  day: string;
  from: string;
  to: string;
}

/** The fields of the form as they are typed. */
export interface NumberFields {
  label: string;
  answer: 'agent' | 'text' | 'nobody';
  agentId: string;
  text: string;
  hoursOn: boolean;
  timeZone: string;
  windows: HoursLine[];
  holidays: string;
  callerId: boolean;
}

/** Monday to Friday, nine to five: what most people change least. */
const usualWindows: HoursLine[] = [1, 2, 3, 4, 5].map(day => ({ day: String(day), from: '09:00', to: '17:00' }));

export function numberFields(number: OwnNumber, zone: string): NumberFields {
  const { hours } = number;
  return {
    label: number.label,
    answer: number.agentId !== null ? 'agent' : number.text !== null ? 'text' : 'nobody',
    agentId: number.agentId ?? '',
    text: number.text ?? '',
    hoursOn: hours !== null,
    timeZone: hours?.timeZone ?? zone,
    windows: hours?.windows.map(({ day, from, to }) => ({ day: String(day), from, to })) ?? usualWindows,
    holidays: hours?.holidays.join('\n') ?? '',
    callerId: number.callerId,
  };
}

/** What was typed, as the API takes it. Hours belong to an agent: without one they go. */
export function numberChange(fields: NumberFields): NumberChange {
  const { answer } = fields;
  const text = fields.text.trim();
  return {
    label: fields.label.trim(),
    agentId: answer === 'agent' ? fields.agentId : null,
    text: answer === 'nobody' || text === '' ? null : text,
    hours:
      answer === 'agent' && fields.hoursOn
        ? {
            timeZone: fields.timeZone.trim(),
            windows: fields.windows.map(({ day, from, to }) => ({ day: Number(day), from, to })),
            holidays: holidayLines(fields.holidays),
          }
        : null,
    callerId: fields.callerId,
  };
}

export const holidayLines = (typed: string): string[] =>
  typed
    .split(/[\n,]/)
    .map(line => line.trim())
    .filter(line => line !== '');

/** What is wrong with the hours, or undefined. */
export function hoursProblem({ windows }: Pick<NumberFields, 'windows'>): string | undefined {
  if (windows.length === 0) return numbersText.form.hoursMissing;
  for (const { from, to } of windows) {
    if (!/^([01]\d|2[0-3]):[0-5]\d$/.test(from) || !/^([01]\d:[0-5]\d|2[0-3]:[0-5]\d|24:00)$/.test(to))
      return numbersText.form.timesInvalid;
    if (from === to) return numbersText.form.hoursSame;
  }
  return undefined;
}

/** The first line that is no day of the calendar. */
export function wrongHoliday(typed: string): string | undefined {
  return holidayLines(typed).find(line => {
    if (!/^\d{4}-\d{2}-\d{2}$/.test(line)) return true;
    const at = Date.parse(`${line}T00:00:00Z`);
    return Number.isNaN(at) || new Date(at).toISOString().slice(0, 10) !== line;
  });
}

export type NumberState = keyof typeof numbersText.states;

/** Where calls to a number go. */
export function numberState({ source, connected }: Pick<OwnNumber, 'source' | 'connected'>): NumberState {
  if (source === 'verified' || source === 'gone') return source;
  if (connected) return 'connected';
  return source === 'configured' ? 'configured' : 'elsewhere';
}
