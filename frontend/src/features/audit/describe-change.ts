import { auditText } from '../../strings/audit.ts';
import { text } from '../../strings/en.ts';

type Facts = Record<string, unknown>;

/** "role viewer → manager": what changed, for the fields that differ; null when the entry names none. */
export function describeChange(before: Facts | null, after: Facts | null): string | null {
  const fields = [...new Set([...Object.keys(before ?? {}), ...Object.keys(after ?? {})])];
  const changes = fields.flatMap(field => {
    const [from, to] = [before?.[field], after?.[field]];
    const name = auditText.fields[field] ?? field;
    if (show(from) === show(to)) return [];
    // A fact without a past is a remark: said when it is so, left out when it is not.
    if (isNothing(from)) return to === false ? [] : [to === true ? name : `${name} ${show(to)}`];
    return [isNothing(to) ? `${name} ${show(from)}` : `${name} ${show(from)} → ${show(to)}`];
  });
  return changes.length > 0 ? changes.join(', ') : null;
}

const isNothing = (value: unknown) => value === undefined || value === null;

function show(value: unknown): string {
  if (isNothing(value)) return '';
  if (typeof value === 'boolean') return value ? text.yes : text.no;
  if (Array.isArray(value)) return value.map(show).join(' ');
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}
