const wordsOf = (words: string): string[] =>
  words
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .toLowerCase()
    .split(/[^\p{L}\p{N}]+/u)
    .filter(each => each !== '');

/** Whether every word that is typed begins a word of the label, whatever the order, the accents and the signs between them. */
export function matches(label: string, typed: string): boolean {
  const words = wordsOf(label);
  const asked = wordsOf(typed);
  if (asked.length === 0) return typed.trim() === '';
  return asked.every(each => words.some(word => word.startsWith(each)));
}

/** What is asked of the server for what is typed; nothing while it is too short to mean anything. */
export function questionsOf(typed: string): {
  readonly people?: { readonly name: string } | { readonly phone: string };
  readonly calls?: { readonly number: string };
  readonly callId?: string;
  readonly campaigns: boolean;
} {
  const words = typed.trim();
  const id = /^(?:CA[0-9a-f]{32}|[0-9a-f]{24})$/i.exec(words)?.[0];
  if (id) return { callId: id, campaigns: false };
  if (/^[-+ ()./0-9]+$/.test(words)) {
    const digits = words.replace(/\D/g, '');
    return digits.length < 4
      ? { campaigns: false }
      : { people: { phone: words }, calls: { number: words }, campaigns: false };
  }
  return words.length < 2 ? { campaigns: false } : { people: { name: words }, campaigns: true };
}

/** The next place in a list that begins again at its end; nothing in an empty one. */
export const nextPlace = (place: number, step: number, length: number): number =>
  length === 0 ? -1 : (place + step + length) % length;
