import {
  Binary,
  BSONRegExp,
  BSONSymbol,
  Code,
  Decimal128,
  Double,
  Long,
  MaxKey,
  MinKey,
  ObjectId,
  Timestamp,
} from 'bson';
import { CommandError } from '../errors.ts';
import { writeOwn } from './own-properties.ts';
import { type Document, isInt32 } from './types.ts';

/** Deeper input is refused before it can exhaust the stack; MongoDB's own limit is the same. */
const maxDepth = 200;

/**
 * Decodes one document that fills `bytes` exactly. Unlike bson's decoder it keeps every numeric type (an integral double stays a `Double`) and
 * every regular expression as it was sent, and it leaves DBRefs plain. The deprecated `undefined` becomes null, as drivers send it.
 */
export function decodeDocument(bytes: Uint8Array): Document {
  const buffer = Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (buffer.length < 5 || buffer.readInt32LE(0) !== buffer.length) {
    throw invalid(`a document of ${buffer.length} bytes announces another length`);
  }
  return new Reader(buffer).document(1);
}

function invalid(problem: string): CommandError {
  return new CommandError('InvalidBSON', `Invalid BSON: ${problem}`);
}

/** Node's own slicing methods, which its types leave out; they skip the argument handling of toString. */
interface SlicingBuffer extends Buffer {
  latin1Slice(start: number, end: number): string;
  utf8Slice(start: number, end: number): string;
}

const strictUtf8 = new TextDecoder('utf-8', { fatal: true });

class Reader {
  private readonly buffer: SlicingBuffer;
  private at = 0;

  constructor(buffer: Buffer) {
    this.buffer = buffer as SlicingBuffer;
  }

  document(depth: number): Document {
    const result: Document = {};
    const end = this.enter(depth);
    for (;;) {
      const type = this.buffer[this.at++]!;
      if (type === 0) break;
      const name = this.name(end);
      // bson takes such a field for one of its classes when it encodes; nobody may choose the class of a value by a field.
      if (name === '_bsontype')
        throw new CommandError('BadValue', "the field name '_bsontype' is reserved by BSON libraries");
      writeOwn(result, name, this.value(type, end, depth));
    }
    if (this.at !== end) throw invalid('a document ends before its announced length');
    return result;
  }

  private array(depth: number): unknown[] {
    const result: unknown[] = [];
    const end = this.enter(depth);
    for (;;) {
      const type = this.buffer[this.at++]!;
      if (type === 0) break;
      while (this.buffer[this.at] !== 0) this.at += 1; // positions count, not the names
      this.at += 1;
      if (this.at >= end) throw invalid('an array ends inside an element');
      result.push(this.value(type, end, depth));
    }
    if (this.at !== end) throw invalid('an array ends before its announced length');
    return result;
  }

  private enter(depth: number): number {
    if (depth > maxDepth) throw new CommandError('Overflow', `documents may nest at most ${maxDepth} levels`);
    const size = this.int32(this.buffer.length);
    const end = this.at - 4 + size;
    if (size < 5 || end > this.buffer.length || this.buffer[end - 1] !== 0) throw invalid('wrong length of a document');
    return end;
  }

  private name(end: number): string {
    const { buffer } = this;
    const start = this.at;
    let ascii = 0;
    let i = start;
    for (let byte = buffer[i]!; byte !== 0; byte = buffer[i]!) {
      ascii |= byte;
      i += 1;
      if (i >= end) throw invalid('a field name has no end');
    }
    this.at = i + 1;
    return ascii < 0x80 ? buffer.latin1Slice(start, i) : this.utf8(start, i);
  }

  private utf8(start: number, end: number): string {
    const text = this.buffer.utf8Slice(start, end);
    // Only broken bytes or a real U+FFFD decode to U+FFFD; the slow check tells them apart.
    if (text.includes('\ufffd')) {
      try {
        strictUtf8.decode(this.buffer.subarray(start, end));
      } catch {
        throw invalid('a string is not valid UTF-8');
      }
    }
    return text;
  }

  private string(end: number): string {
    const size = this.int32(end);
    const start = this.at;
    if (size < 1 || start + size >= end || this.buffer[start + size - 1] !== 0)
      throw invalid('wrong length of a string');
    this.at = start + size;
    return this.utf8(start, start + size - 1);
  }

  private need(size: number, end: number): number {
    const start = this.at;
    if (start + size >= end) throw invalid('a value runs past its document');
    this.at = start + size;
    return start;
  }

  private int32(end: number): number {
    const start = this.at;
    if (start + 4 > end) throw invalid('a length is cut off');
    this.at = start + 4;
    return this.buffer.readInt32LE(start);
  }

  private value(type: number, end: number, depth: number): unknown {
    switch (type) {
      case 0x01: {
        const double = this.buffer.readDoubleLE(this.need(8, end));
        return isInt32(double) ? new Double(double) : double;
      }
      case 0x02:
        return this.string(end);
      case 0x03:
        return this.inside(end, this.document(depth + 1));
      case 0x04:
        return this.inside(end, this.array(depth + 1));
      case 0x05:
        return this.binary(end);
      case 0x06:
      case 0x0a:
        return null;
      case 0x07:
        return new ObjectId(this.buffer.subarray(this.need(12, end), this.at));
      case 0x08: {
        const byte = this.buffer[this.need(1, end)];
        if (byte !== 0 && byte !== 1) throw invalid('a boolean is neither true nor false');
        return byte === 1;
      }
      case 0x09:
        return this.date(end);
      case 0x0b:
        return this.regex(end);
      case 0x0d:
        return new Code(this.string(end));
      case 0x0e:
        return new BSONSymbol(this.string(end));
      case 0x0f:
        return this.codeWithScope(end, depth);
      case 0x10:
        return this.buffer.readInt32LE(this.need(4, end));
      case 0x11:
        return new Timestamp(this.long(end));
      case 0x12:
        return this.long(end);
      case 0x13:
        return new Decimal128(Uint8Array.prototype.slice.call(this.buffer, this.need(16, end), this.at));
      case 0xff:
        return new MinKey();
      case 0x7f:
        return new MaxKey();
      default:
        throw invalid(`unknown type 0x${type.toString(16).padStart(2, '0')}`);
    }
  }

  private inside<T>(end: number, value: T): T {
    if (this.at >= end) throw invalid('a value runs past its document');
    return value;
  }

  private long(end: number): Long {
    const start = this.need(8, end);
    return new Long(this.buffer.readInt32LE(start), this.buffer.readInt32LE(start + 4));
  }

  private date(end: number): Date {
    const start = this.need(8, end);
    const milliseconds = this.buffer.readInt32LE(start + 4) * 0x100000000 + this.buffer.readUInt32LE(start);
    const date = new Date(milliseconds);
    // JavaScript ends at the year 275,760; a later date would come back as a different one.
    if (Number.isNaN(date.getTime()))
      throw new CommandError('BadValue', 'a date lies outside the years this server can hold');
    return date;
  }

  private regex(end: number): BSONRegExp {
    const pattern = this.name(end);
    const options = this.name(end);
    if (/[^ilmsux]/.test(options)) throw invalid(`unknown options of a regular expression: ${options}`);
    return new BSONRegExp(pattern, options);
  }

  private binary(end: number): Binary {
    let size = this.int32(end);
    const subtype = this.buffer[this.need(1, end)]!;
    if (subtype === Binary.SUBTYPE_BYTE_ARRAY) {
      const inner = this.int32(end);
      if (inner !== size - 4) throw invalid('wrong length of an old binary');
      size = inner;
    }
    if (size < 0) throw invalid('wrong length of a binary');
    const start = this.need(size, end);
    // A copy: the message buffer is reused, and a stored document must not keep all of it alive.
    return new Binary(Uint8Array.prototype.slice.call(this.buffer, start, start + size), subtype);
  }

  private codeWithScope(end: number, depth: number): Code {
    const start = this.at;
    const size = this.int32(end);
    const text = this.string(end);
    const scope = this.inside(end, this.document(depth + 1));
    if (this.at !== start + size) throw invalid('wrong length of code with scope');
    return new Code(text, scope);
  }
}
