// A file of commits that are not in the database yet. A record is durable when `append` returns: the file is opened with
// O_DSYNC, and its space is allocated beforehand, so that a commit costs one write and no change of the file's size.
import {
  closeSync,
  constants,
  existsSync,
  fsyncSync,
  openSync,
  readFileSync,
  realpathSync,
  unlinkSync,
  writeSync,
} from "node:fs";
import { dirname } from "node:path";
import { crc32 } from "node:zlib";
import { StorageError } from "../store.ts";

/** The last commit that is in the database. */
export interface Applied {
  /** Identifies the database, so that it does not take the commits of another one. Eight bytes as hexadecimal digits. */
  readonly database: string;
  readonly number: number;
}

// A record: checksum of the rest, length of the text in bytes, identifier of the database, number of the commit, text.
const LENGTH_AT = 4;
const DATABASE_AT = 8;
const NUMBER_AT = 16;
const HEADER = 24;

/** Bytes by which the file grows. */
const GROWTH = 262_144;

/** The name of the log of a database. Links to the database share it. */
export const logPathOf = (path: string): string => `${existsSync(path) ? realpathSync(path) : path}-commits`;

/** Appends commits to the file. Its owner alone may read it, as it has conversations. */
export class CommitLog {
  readonly #path: string;
  readonly #file: number;
  readonly #database: Buffer;
  #number: number;
  #position = 0;
  /** Bytes of the file that are allocated. */
  #size = 0;

  /** Opens or creates the file. Throws errors of the file system. */
  constructor(path: string, { database, number }: Applied) {
    this.#path = path;
    this.#database = Buffer.from(database, "hex");
    this.#number = number;
    this.#file = openSync(path, constants.O_RDWR | constants.O_CREAT | constants.O_DSYNC, 0o600);
    syncFolderOf(path);
  }

  /** Appends a commit; it is on disk when this returns. Throws errors of the file system. */
  append(text: string): void {
    const record = this.#record(text);
    if (this.#position + record.length > this.#size) this.#grow(record.length);
    this.#write(record, this.#position);
    this.#position += record.length;
    this.#number += 1;
  }

  /** The number of the last commit. */
  get number(): number {
    return this.#number;
  }

  /** Length of the records in bytes. */
  get length(): number {
    return this.#position;
  }

  /** Begins again at the start of the file, as all commits are in the database and on disk. */
  reset(): void {
    this.#position = 0;
  }

  /** Overwrites all commits, as they are in the database and on disk. */
  wipe(): void {
    this.#position = 0;
    if (this.#size > 0) this.#write(Buffer.alloc(this.#size), 0);
  }

  close(): void {
    closeSync(this.#file);
  }

  /** Removes the file, as all commits are in the database and on disk. */
  remove(): void {
    unlinkSync(this.#path);
  }

  #record(text: string): Buffer {
    const length = Buffer.byteLength(text);
    const record = Buffer.allocUnsafe(HEADER + length);
    record.writeUInt32LE(length, LENGTH_AT);
    this.#database.copy(record, DATABASE_AT);
    record.writeBigUInt64LE(BigInt(this.#number + 1), NUMBER_AT);
    record.write(text, HEADER, "utf8");
    record.writeUInt32LE(crc32(record.subarray(LENGTH_AT)), 0);
    return record;
  }

  #grow(needed: number): void {
    const end = Math.ceil((this.#position + needed) / GROWTH) * GROWTH;
    this.#write(Buffer.alloc(end - this.#position), this.#position);
    fsyncSync(this.#file);
    this.#size = end;
  }

  #write(bytes: Buffer, position: number): void {
    for (let written = 0; written < bytes.length; )
      written += writeSync(this.#file, bytes, written, bytes.length - written, position + written);
  }
}

/**
 * Returns the texts of the commits that a database lacks, in order. Throws `StorageError` if the file belongs to another
 * database, or to a later state of it.
 */
export function readLog(path: string, { database, number }: Applied): string[] {
  if (!existsSync(path)) return [];
  const bytes = readFileSync(path);
  const first = recordAt(bytes, 0);
  if (!first) return [];
  if (first.database !== database || first.number > number + 1) {
    const owner = first.database === database ? "a later state of this database" : "another database";
    throw new StorageError(
      `the file ${path} has commits of ${owner}: restore the database that it belongs to, or move the file away`,
    );
  }
  const texts: string[] = [];
  let record: LogRecord | undefined = first;
  for (let next = first.number; record?.database === database && record.number === next; next += 1) {
    if (next > number) texts.push(record.text);
    record = recordAt(bytes, record.end);
  }
  return texts;
}

interface LogRecord {
  readonly database: string;
  readonly number: number;
  readonly text: string;
  readonly end: number;
}

/** Reads a record; undefined if there is none, or it was not written as a whole. */
function recordAt(bytes: Buffer, position: number): LogRecord | undefined {
  if (position + HEADER > bytes.length) return undefined;
  const end = position + HEADER + bytes.readUInt32LE(position + LENGTH_AT);
  if (end > bytes.length) return undefined;
  if (crc32(bytes.subarray(position + LENGTH_AT, end)) !== bytes.readUInt32LE(position)) return undefined;
  return {
    database: bytes.toString("hex", position + DATABASE_AT, position + NUMBER_AT),
    number: Number(bytes.readBigUInt64LE(position + NUMBER_AT)),
    text: bytes.toString("utf8", position + HEADER, end),
    end,
  };
}

/** Makes the entry of a new file durable. */
function syncFolderOf(path: string): void {
  const folder = openSync(dirname(path), constants.O_RDONLY);
  try {
    fsyncSync(folder);
  } finally {
    closeSync(folder);
  }
}
