/** So many of something, in words. */
export const counted = (count: number, one: string, more: string): string =>
  count === 1 ? `1 ${one}` : `${count.toLocaleString()} ${more}`;
export const people = (count: number): string => counted(count, 'person', 'people');
export const calls = (count: number): string => counted(count, 'call', 'calls');
