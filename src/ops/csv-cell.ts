/** What a spreadsheet would calculate instead of showing. */
const formula = /^[=+\-@\t\r]/;

/** One cell as RFC 4180 has it; free text that would be a formula is led by an apostrophe. */
export function csvCell(value: unknown, free = false): string {
  if (value === null || value === undefined) return '';
  let text = typeof value === 'string' ? value : typeof value === 'object' ? JSON.stringify(value) : String(value);
  if (free && formula.test(text)) text = `'${text}`;
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
