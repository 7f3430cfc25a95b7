const alphabet = new Uint8Array(256);
for (const letter of 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/')
  alphabet[letter.charCodeAt(0)] = 1;
const padding = 0x3d;

/** Where the base64 that begins at `from` ends, or -1 when it is not whole; Node's own decoder skips what it does not know. */
export function base64End(data: Uint8Array, from: number): number {
  let at = from;
  while (alphabet[data[at] ?? 0] === 1) at += 1;
  if (data[at] === padding) at += data[at + 1] === padding ? 2 : 1;
  return (at - from) % 4 === 0 ? at : -1;
}

/** Whether a text is base64 in the standard alphabet with its padding; an empty one is. */
export function isBase64Text(text: string): boolean {
  const { length } = text;
  if (length % 4 !== 0) return false;
  let end = length;
  if (end > 0 && text.charCodeAt(end - 1) === padding) end -= text.charCodeAt(end - 2) === padding ? 2 : 1;
  for (let at = 0; at < end; at += 1) {
    const letter = text.charCodeAt(at);
    if (letter > 255 || alphabet[letter] !== 1) return false;
  }
  return true;
}
