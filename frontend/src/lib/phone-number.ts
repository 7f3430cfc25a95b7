/** A number as people type it, brought to + and digits; null when it is none. */
export function readNumber(typed: string): string | null {
  const number = typed.replace(/[\s().-]/g, '');
  return /^\+[1-9]\d{6,14}$/.test(number) ? number : null;
}

/** "+1 312 555 0142"; other countries' numbers, and masked ones, stay as they are. */
export const spacedNumber = (number: string): string => number.replace(/^(\+1)(\d{3})(\d{3})(\d{4})$/, '$1 $2 $3 $4');
