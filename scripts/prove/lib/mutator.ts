/** Chance that is the same for the same seed, and what it does to messages. */
export interface Mutator {
  /** A whole number from 0 up to and without this one. */
  below(limit: number): number;
  /** The message with a few things changed that a broken or hostile sender would get wrong. */
  mutated(message: Buffer): Buffer;
}

const pieces = [
  '"',
  '{',
  '}',
  '[',
  ']',
  ',',
  ':',
  '\\',
  '\\u0000',
  'null',
  '1e999',
  '-1',
  '=',
  '\u0000',
  'é',
  '__proto__',
];

export function createMutator(seed: number): Mutator {
  let state = seed >>> 0 || 1;
  const below = (limit: number): number => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % limit;
  };
  const changes: ((message: Buffer) => Buffer)[] = [
    message => {
      const changed = Buffer.from(message);
      changed[below(changed.length)] = below(256);
      return changed;
    },
    message => message.subarray(0, below(message.length)),
    message => message.subarray(below(message.length)),
    message => {
      const [at, length] = [below(message.length), below(20)];
      return Buffer.concat([message.subarray(0, at), message.subarray(at + length)]);
    },
    message => {
      const at = below(message.length);
      const piece = Buffer.from(pieces[below(pieces.length)]!.repeat(1 + below(3)));
      return Buffer.concat([message.subarray(0, at), piece, message.subarray(at)]);
    },
    message => {
      const [at, length] = [below(message.length), below(200)];
      return Buffer.concat([message.subarray(0, at + length), message.subarray(at)]);
    },
    // A number where it hurts.
    message =>
      Buffer.from(
        message.toString('latin1').replace(/\d+/, () => ['-1', '1e308', '"x"', '9'.repeat(30), '0x1'][below(5)]!),
      ),
    message => (below(20) === 0 ? Buffer.concat(Array.from({ length: 40 }, () => message)) : message),
  ];
  return {
    below,
    mutated(message) {
      let changed = message;
      for (let many = below(3); many >= 0; many -= 1) {
        if (changed.length === 0) return changed;
        changed = changes[below(changes.length)]!(changed);
      }
      return changed;
    },
  };
}
