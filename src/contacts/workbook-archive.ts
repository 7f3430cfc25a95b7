import { crc32, createInflateRaw } from 'node:zlib';
import { AppError } from '../errors.ts';
import { refused } from './import-rows.ts';

export const mostPackedBytes = 20 * 1024 ** 2;
export const mostUnpackedBytes = 200 * 1024 ** 2;
const mostEntries = 5_000;

/** What the advice for every workbook we do not read ends with. */
export const asCsv = 'save the sheet as CSV and send that';

export const workbookTooLarge = (): AppError =>
  refused(`is a workbook of more than ${mostPackedBytes / 1024 ** 2} MB; ${asCsv}`);

/** One file of an archive, as its directory describes it. */
export interface ArchiveEntry {
  readonly name: string;
  readonly method: number;
  readonly crc: number;
  readonly packed: Buffer;
  readonly unpackedBytes: number;
}

export type Archive = ReadonlyMap<string, ArchiveEntry>;

const signature = { local: 0x04034b50, directory: 0x02014b50, end: 0x06054b50 };
const endBytes = 22;
const directoryBytes = 46;
const localBytes = 30;
const [stored, deflated] = [0, 8];

const broken = (what: string) => refused(`is a broken ZIP archive or workbook (${what}); ${asCsv}`);

/** Old workbooks, and new ones that are encrypted, are another kind of archive, whose list of parts may stand anywhere. */
export function oldWorkbookProblem(head: Buffer, bytes: number): string {
  const isProtected = 'protected by a password; remove the password in Excel and send it again';
  if (head.includes(Buffer.from('EncryptedPackage', 'utf16le'))) return `is ${isProtected}`;
  const old = `is an old Excel workbook; ${asCsv}`;
  return bytes > head.length ? `${old}. Or it is ${isProtected}` : old;
}

/**
 * The files of a workbook by its directory at the end, the only list that counts. What unpacks to too much is refused before anything is
 * unpacked; what the directory says of sizes is held against the content by `unpack`.
 */
export function readArchive(file: Buffer): Archive {
  if (file.length > mostPackedBytes) throw workbookTooLarge();
  const end = endOf(file);
  const count = file.readUInt16LE(end + 10);
  const directorySize = file.readUInt32LE(end + 12);
  const start = file.readUInt32LE(end + 16);
  if (file.readUInt16LE(end + 4) !== 0 || file.readUInt16LE(end + 8) !== count) throw broken('it has several parts');
  if (start + directorySize > end) throw broken('its directory lies outside');
  if (count > mostEntries) throw refused(`is a workbook of more than ${mostEntries} parts; ${asCsv}`);
  const entries = new Map<string, ArchiveEntry>();
  let unpacked = 0;
  for (let at = start, place = 0; place < count; place += 1) {
    if (at + directoryBytes > end || file.readUInt32LE(at) !== signature.directory)
      throw broken('its directory ends early');
    const [nameLength, extra, comment] = [28, 30, 32].map(offset => file.readUInt16LE(at + offset)) as [
      number,
      number,
      number,
    ];
    const name = file.toString('utf8', at + directoryBytes, at + directoryBytes + nameLength);
    const entry = entryAt(file, at, name, start);
    if (entries.has(name)) throw broken('a part is there twice');
    unpacked += entry.unpackedBytes;
    if (unpacked > mostUnpackedBytes) throw tooMuch();
    entries.set(name, entry);
    at += directoryBytes + nameLength + extra + comment;
  }
  return entries;
}

const tooMuch = (): AppError =>
  refused(`is a workbook that unpacks to more than ${mostUnpackedBytes / 1024 ** 2} MB; ${asCsv}`);

function endOf(file: Buffer): number {
  const lowest = Math.max(0, file.length - endBytes - 0xffff);
  for (let at = file.length - endBytes; at >= lowest; at -= 1)
    if (file.readUInt32LE(at) === signature.end && at + endBytes + file.readUInt16LE(at + 20) === file.length)
      return at;
  throw broken('its end is missing');
}

function entryAt(file: Buffer, at: number, name: string, directory: number): ArchiveEntry {
  const [flags, method] = [file.readUInt16LE(at + 8), file.readUInt16LE(at + 10)];
  const [crc, packedBytes, unpackedBytes] = [16, 20, 24].map(offset => file.readUInt32LE(at + offset)) as [
    number,
    number,
    number,
  ];
  const local = file.readUInt32LE(at + 42);
  if ((flags & 1) !== 0) throw refused('is protected by a password; remove the password and send it again');
  if (method !== stored && method !== deflated) throw broken('it is packed in a way that Excel does not use');
  if (local + localBytes > directory || file.readUInt32LE(local) !== signature.local) throw broken('a part is missing');
  const begin = local + localBytes + file.readUInt16LE(local + 26) + file.readUInt16LE(local + 28);
  if (begin + packedBytes > directory) throw broken('a part is cut off');
  return { name, method, crc, packed: file.subarray(begin, begin + packedBytes), unpackedBytes };
}

/** One file's content in pieces, counted while it is unpacked: what the directory promised is all there is. */
export async function* unpack({ method, packed, unpackedBytes, crc }: ArchiveEntry): AsyncGenerator<Buffer> {
  let [bytes, sum] = [0, 0];
  const check = (piece: Buffer) => {
    bytes += piece.length;
    if (bytes > unpackedBytes) throw broken('a part is larger than it says');
    sum = crc32(piece, sum);
    return piece;
  };
  if (method === stored) yield check(packed);
  else {
    const inflate = createInflateRaw({ chunkSize: 256 * 1024 });
    inflate.end(packed);
    try {
      for await (const piece of inflate) yield check(piece as Buffer);
    } catch (error) {
      if (error instanceof AppError) throw error;
      throw broken('a part cannot be unpacked');
    }
  }
  if (bytes !== unpackedBytes || sum !== crc) throw broken('a part is damaged');
}

/** An archive of these files alone, so that whoever reads it sees exactly what was checked. */
export function packAgain(entries: readonly ArchiveEntry[]): ArrayBuffer {
  const pieces: Buffer[] = [];
  const directory: Buffer[] = [];
  let offset = 0;
  for (const { name, method, crc, packed, unpackedBytes } of entries) {
    const written = Buffer.from(name);
    const common = Buffer.alloc(26);
    common.writeUInt16LE(20, 0);
    // Names are UTF-8.
    common.writeUInt16LE(0x0800, 2);
    common.writeUInt16LE(method, 4);
    common.writeUInt32LE(crc, 10);
    common.writeUInt32LE(packed.length, 14);
    common.writeUInt32LE(unpackedBytes, 18);
    common.writeUInt16LE(written.length, 22);
    const head = Buffer.alloc(4);
    head.writeUInt32LE(signature.local);
    pieces.push(head, common, written, packed);
    const listed = Buffer.alloc(directoryBytes);
    listed.writeUInt32LE(signature.directory, 0);
    listed.writeUInt16LE(20, 4);
    common.copy(listed, 6);
    listed.writeUInt32LE(offset, 42);
    directory.push(listed, written);
    offset += localBytes + written.length + packed.length;
  }
  const size = directory.reduce((sum, { length }) => sum + length, 0);
  const end = Buffer.alloc(endBytes);
  end.writeUInt32LE(signature.end, 0);
  end.writeUInt16LE(entries.length, 8);
  end.writeUInt16LE(entries.length, 10);
  end.writeUInt32LE(size, 12);
  end.writeUInt32LE(offset, 16);
  const whole = new Uint8Array(offset + size + endBytes);
  let at = 0;
  for (const piece of [...pieces, ...directory, end]) {
    whole.set(piece, at);
    at += piece.length;
  }
  return whole.buffer;
}
