/** Entries of the log as sentences. The data stays the truth; a type that is not here is shown by its name and code. */
type Data = Readonly<Record<string, unknown>>;

const text = (value: unknown): string => (typeof value === 'string' ? value : value === undefined ? '' : String(value));
const because = ({ cause }: Data): string => {
  const { message } = (cause ?? {}) as { message?: unknown };
  return message ? `: ${text(message)}` : '.';
};
const after = (message: unknown): string => (message ? `: ${text(message)}` : '.');
const counted = (count: unknown, one: string, many: string): string => `${text(count)} ${count === 1 ? one : many}`;

const moves: Readonly<Record<string, (data: Data) => string>> = {
  start: () => 'Start was asked for.',
  started: () => 'Dialling began.',
  pause: data =>
    data['cause']
      ? `Paused${because(data)}`
      : data['endCalls']
        ? 'Pause was asked for, ending live calls.'
        : 'Pause was asked for; live calls finish.',
  paused: () => 'No call is left; the campaign is paused.',
  resume: () => 'Resume was asked for.',
  resumed: () => 'Dialling goes on.',
  complete: () => 'Everybody was called or refused for good; the campaign is complete.',
  stop: data => (data['endCalls'] ? 'Stopped for good, ending live calls.' : 'Stopped for good; live calls finish.'),
  fail: data => `Stopped by an error${because(data)}`,
};

const texts: Readonly<Record<string, (data: Data) => string>> = {
  'campaign.created': () => 'The campaign was made.',
  'campaign.deleted': () => 'The campaign was deleted.',
  'campaign.moved': data => moves[text(data['move'])]?.(data) ?? `Now ${text(data['to'])}.`,
  'campaign.edited': ({ changes }) => `Changed: ${Object.keys((changes as object) ?? {}).join(', ')}.`,
  'people.added': ({ added, list }) =>
    `${counted(added, 'person was', 'people were')} added${list ? ' from a list' : ''}.`,
  'contact.removed': ({ reason }) => `Somebody was taken out of the queue${after(reason)}`,
  'contact.requeued': () => 'Somebody was put back into the queue by hand.',
  'contact.refused': ({ message, code }) => `Somebody was not called${after(message ?? code)}`,
  'contact.dialled': ({ attempt }) => `Somebody is being called, try ${text(attempt)}.`,
  'contact.settled': ({ outcome, dueAt }) =>
    `A call ended: ${text(outcome).replaceAll('-', ' ')}${dueAt ? `; the next try is due ${text(dueAt)}` : ''}.`,
  'contact.callback': ({ at }) => `Somebody asked to be called at ${text(at)}.`,
  'contact.callback-undone': ({ at }) => `The call that was booked for ${text(at)} was taken back.`,
  'budget.warning': ({ percent }) => `${text(percent)} % of the budget is spent or reserved.`,
};

/** One sentence about what happened. */
export function entryText(type: string, data: Data): string {
  const known = texts[type];
  if (known) return known(data);
  const message = data['message'] ?? data['code'];
  return message ? `${type}: ${text(message)}` : type;
}
