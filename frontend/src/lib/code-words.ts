/**
 * "Appointment booked" for `appointment-booked`: agents and their vendors name things by codes, and people read words. What was not
 * written as a code stays as it is.
 */
export function codeInWords(code: string): string {
  if (!/^[a-z][a-z0-9]*(?:[-_][a-z0-9]+)*$/.test(code)) return code;
  const words = code.replace(/[-_]/g, ' ');
  return words.charAt(0).toUpperCase() + words.slice(1);
}

/** "closed because" for `closedBecause`, for facts that no page has words for yet; their unit stands beside the value. */
export const nameInWords = (name: string): string =>
  name
    .replace(/(?:Ms|Seconds)$/, '')
    .replace(/([a-z0-9])([A-Z])/g, '$1 $2')
    .replace(/[-_]/g, ' ')
    .toLowerCase();
