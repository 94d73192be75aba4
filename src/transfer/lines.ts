// Reads files line by line.
import { open } from "node:fs/promises";
import { reasonOf } from "../config/file.ts";
import { TransferError } from "./source.ts";

export interface Line {
  /** Line number, from 1. */
  readonly number: number;
  readonly text: string;
  /** The part of the file that is read so far, from 0 to 1. */
  readonly done: number;
}

const NEWLINE = 0x0a;

/** The error for a file or folder that cannot be read. */
export const unreadable = (path: string, error: unknown): TransferError =>
  new TransferError(`cannot read ${path}: ${reasonOf(error)}`);

/**
 * Yields the lines of a file and needs no more memory than the longest line. `utf8` is checked; `latin1` maps each byte
 * to the character with its number. Throws `TransferError` if the file cannot be read.
 */
export async function* readLines(path: string, encoding: "utf8" | "latin1" = "utf8"): AsyncGenerator<Line> {
  const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
  const file = await open(path).catch((error) => {
    throw unreadable(path, error);
  });
  let number = 0;
  let read = 0;
  const decode = (parts: readonly Buffer[]): string => {
    number += 1;
    const bytes = parts.length === 1 ? (parts[0] as Buffer) : Buffer.concat(parts);
    if (encoding === "latin1") return bytes.toString("latin1");
    try {
      return decoder.decode(bytes);
    } catch {
      throw new TransferError(`${path}, line ${number}: not UTF-8`);
    }
  };
  try {
    const { size } = await file.stat();
    const done = (): number => (size === 0 ? 1 : Math.min(1, read / size));
    let begun: Buffer[] = [];
    for await (const chunk of file.createReadStream({ autoClose: false }) as AsyncIterable<Buffer>) {
      let start = 0;
      for (let end = chunk.indexOf(NEWLINE); end >= 0; end = chunk.indexOf(NEWLINE, start)) {
        begun.push(chunk.subarray(start, end));
        read += end + 1 - start;
        const text = decode(begun);
        begun = [];
        start = end + 1;
        yield { number, text, done: done() };
      }
      if (start < chunk.length) begun.push(chunk.subarray(start));
      read += chunk.length - start;
    }
    if (begun.length > 0) {
      const text = decode(begun);
      yield { number, text, done: 1 };
    }
  } catch (error) {
    throw error instanceof TransferError ? error : unreadable(path, error);
  } finally {
    await file.close();
  }
}

/**
 * Yields the records of a file, in latin1. A record is a line that starts with `begin` together with the lines after it,
 * and has the number of its first line. Throws like `readLines`.
 */
export async function* readRecords(path: string, begin: string): AsyncGenerator<Line> {
  let lines: string[] = [];
  let first = 0;
  let done = 0;
  for await (const line of readLines(path, "latin1")) {
    if (line.text.startsWith(begin) && lines.length > 0) {
      yield { text: lines.join("\n"), number: first, done };
      lines = [];
    }
    if (lines.length === 0) first = line.number;
    lines.push(line.text);
    done = line.done;
  }
  if (lines.length > 0) yield { text: lines.join("\n"), number: first, done };
}
