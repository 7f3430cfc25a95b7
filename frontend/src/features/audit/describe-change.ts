type Facts = Record<string, unknown>;

/** "role viewer → manager": what changed, for the fields that differ; null when the entry names none. */
export function describeChange(before: Facts | null, after: Facts | null): string | null {
  const fields = [...new Set([...Object.keys(before ?? {}), ...Object.keys(after ?? {})])];
  const changes = fields
    .filter(field => show(before?.[field]) !== show(after?.[field]))
    .map(field => {
      const [from, to] = [show(before?.[field]), show(after?.[field])];
      if (from === '') return `${field} ${to}`;
      return to === '' ? `${field} ${from}` : `${field} ${from} → ${to}`;
    });
  return changes.length > 0 ? changes.join(', ') : null;
}

function show(value: unknown): string {
  if (value === undefined || value === null) return '';
  if (Array.isArray(value)) return value.map(show).join(' ');
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}
