import { randomBytes, type ScryptOptions, scrypt, timingSafeEqual } from 'node:crypto';

/** Cost of a new hash: about 60 ms and 32 MiB. It is written into the hash, so it can be raised without breaking old ones. */
const cost = { log2N: 15, r: 8, p: 1 } as const;
const saltBytes = 16;
const hashBytes = 32;

const derive = (password: string, salt: Buffer, options: ScryptOptions): Promise<Buffer> =>
  new Promise((resolve, reject) => {
    // Composed form, so that the same password typed on another system's keyboard is the same bytes.
    scrypt(password.normalize('NFKC'), salt, hashBytes, { ...options, maxmem: 256 * 1024 * 1024 }, (error, hash) =>
      error ? reject(error) : resolve(hash),
    );
  });

export async function hashPassword(password: string): Promise<string> {
  const salt = randomBytes(saltBytes);
  const hash = await derive(password, salt, { N: 2 ** cost.log2N, r: cost.r, p: cost.p });
  return `scrypt$${cost.log2N}$${cost.r}$${cost.p}$${salt.toString('base64')}$${hash.toString('base64')}`;
}

/** Takes as long for an unknown account as for a wrong password: pass `undefined` when there is no hash. */
export async function verifyPassword(password: string, stored: string | undefined): Promise<boolean> {
  const parsed = parse(stored ?? absentAccount);
  const hash = await derive(password, parsed.salt, parsed.options);
  return timingSafeEqual(hash, parsed.hash) && stored !== undefined;
}

const absentAccount = `scrypt$${cost.log2N}$${cost.r}$${cost.p}$${Buffer.alloc(saltBytes).toString('base64')}$${Buffer.alloc(hashBytes).toString('base64')}`;

function parse(stored: string): { salt: Buffer; hash: Buffer; options: ScryptOptions } {
  const match = /^scrypt\$(\d{1,2})\$(\d{1,2})\$(\d{1,2})\$([\w+/=]+)\$([\w+/=]+)$/.exec(stored);
  if (!match) throw new Error('a stored password hash has an unknown form');
  const [, log2N, r, p, salt, hash] = match;
  return {
    salt: Buffer.from(salt!, 'base64'),
    hash: Buffer.from(hash!, 'base64'),
    options: { N: 2 ** Number(log2N), r: Number(r), p: Number(p) },
  };
}

/** A password for people to read off a terminal and type: 20 characters without look-alikes, 5 bits each. */
export function generatePassword(): string {
  const alphabet = 'abcdefghjkmnpqrstuvwxyz23456789ABC';
  return [...randomBytes(20)]
    .map(byte => alphabet[byte % 32])
    .join('')
    .replace(/(.{5})(?!$)/g, '$1-');
}
