/** Larger ones, either way, are no exact numbers once their sign is folded in. */
export const largestPacked = 2 ** 52 - 1;

/** Writes whole numbers in as few bytes as they take, seven bits each, lowest first. */
export class PackedWriter {
  #buffer: Buffer;
  #at = 0;

  constructor(expectedBytes: number) {
    this.#buffer = Buffer.allocUnsafe(Math.max(64, expectedBytes));
  }

  /** A whole number that is not negative. */
  count(value: number): void {
    this.#need(8);
    let rest = value;
    while (rest >= 0x80) {
      this.#buffer[this.#at++] = (rest % 0x80) | 0x80;
      rest = Math.floor(rest / 0x80);
    }
    this.#buffer[this.#at++] = rest;
  }

  /** A whole number of either sign, small ones in few bytes. */
  integer(value: number): void {
    this.count(value < 0 ? -2 * value - 1 : 2 * value);
  }

  /** Plain ASCII. */
  text(text: string): void {
    this.count(text.length);
    this.#need(text.length);
    this.#at += this.#buffer.write(text, this.#at, 'latin1');
  }

  get bytes(): Uint8Array {
    return Uint8Array.prototype.slice.call(this.#buffer, 0, this.#at);
  }

  #need(bytes: number): void {
    if (this.#at + bytes <= this.#buffer.length) return;
    const larger = Buffer.allocUnsafe(this.#buffer.length * 2 + bytes);
    this.#buffer.copy(larger, 0, 0, this.#at);
    this.#buffer = larger;
  }
}

/** Reads what `PackedWriter` wrote; past the end everything is 0, and `isAtEnd` tells. */
export class PackedReader {
  readonly #bytes: Uint8Array;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  count(): number {
    const bytes = this.#bytes;
    let byte = bytes[this.#at++] ?? 0;
    if (byte < 0x80) return byte;
    let value = byte & 0x7f;
    let scale = 0x80;
    do {
      byte = bytes[this.#at++] ?? 0;
      value += (byte & 0x7f) * scale;
      scale *= 0x80;
    } while (byte >= 0x80);
    return value;
  }

  integer(): number {
    const folded = this.count();
    return folded % 2 === 0 ? folded / 2 : -(folded + 1) / 2;
  }

  text(): string {
    const length = this.count();
    const from = this.#at;
    this.#at += length;
    return String.fromCharCode(...this.#bytes.subarray(from, this.#at));
  }

  get isAtEnd(): boolean {
    return this.#at === this.#bytes.length;
  }
}
