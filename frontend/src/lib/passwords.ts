/** The server's own minimum; checked here only to answer sooner. */
export const LEAST_PASSWORD_LENGTH = 12;

// 32 signs without look-alikes (0 O, 1 l I): these passwords are read out on the telephone.
const READABLE = 'abcdefghijkmnpqrstuvwxyz23456789';

/** A password to hand to a colleague: four groups of five readable signs, 100 random bits. */
export function generatePassword(random: (bytes: Uint8Array<ArrayBuffer>) => Uint8Array): string {
  const signs = Array.from(random(new Uint8Array(20)), byte => READABLE[byte % READABLE.length]);
  return [0, 5, 10, 15].map(start => signs.slice(start, start + 5).join('')).join('-');
}
