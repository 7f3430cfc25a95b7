/** The whole words at the beginning of a text that a share of its audio covers. */
export function heardPart(text: string, share: number): string {
  if (share >= 1) return text;
  const length = Math.max(0, Math.floor(text.length * share));
  const part = text.slice(0, length);
  // Scripts that write no spaces are cut between characters.
  if (!/\s/.test(text)) return [...part].join('').replace(/[\ud800-\udbff]$/, '');
  if (/\s/.test(text[length] ?? '')) return part.trimEnd();
  const boundary = part.search(/\s\S*$/);
  return boundary < 0 ? '' : part.slice(0, boundary).trimEnd();
}

/** How far two texts are the same; the vendor may end a cut text with dots of its own. */
export function sharedLength(text: string, corrected: string): number {
  let length = 0;
  while (length < corrected.length && text[length] === corrected[length]) length += 1;
  return length;
}
