// Counts and finds tags in bytes without parsing, because the load must cost less than what it measures.

/** Splits a stream of bytes behind the ends of tags, so that no tag is in two parts. */
export class WholeTags {
  #rest: Buffer = Buffer.alloc(0);

  /** Returns all bytes up to the last ">". The rest comes with a later chunk. */
  take(chunk: Buffer): Buffer {
    const end = chunk.lastIndexOf(">") + 1;
    if (end === 0) {
      this.#rest = Buffer.concat([this.#rest, chunk]);
      return Buffer.alloc(0);
    }
    const head = chunk.subarray(0, end);
    const tags = this.#rest.length === 0 ? head : Buffer.concat([this.#rest, head]);
    this.#rest = chunk.subarray(end);
    return tags;
  }
}

/** Counts the occurrences of the needle. */
export function countOf(bytes: Buffer, needle: Buffer): number {
  let count = 0;
  for (let at = bytes.indexOf(needle); at !== -1; at = bytes.indexOf(needle, at + needle.length)) count += 1;
  return count;
}

/** Returns each start tag that contains the needle, from "<" to ">". */
export function tagsWith(bytes: Buffer, needle: Buffer): string[] {
  const tags: string[] = [];
  for (let at = bytes.indexOf(needle); at !== -1; at = bytes.indexOf(needle, at + needle.length)) {
    tags.push(bytes.toString("latin1", bytes.lastIndexOf("<", at), bytes.indexOf(">", at) + 1));
  }
  return tags;
}

/** Finds the start tags of stanzas that contain a needle, also if a chunk ends between the two. */
export class HeadScan {
  readonly #head: string;
  readonly #needles: readonly Buffer[];
  #last = "";

  /** `head` is the beginning of the start tag, such as "<message ". One of the `needles` is enough. */
  constructor(head: string, ...needles: readonly string[]) {
    this.#head = head;
    this.#needles = needles.map((needle) => Buffer.from(needle));
  }

  /** Returns the start tags, one for each occurrence. */
  take(tags: Buffer): string[] {
    const found: string[] = [];
    for (const needle of this.#needles)
      for (let at = tags.indexOf(needle); at !== -1; at = tags.indexOf(needle, at + 1))
        found.push(this.#headBefore(tags, at));
    this.#last = this.#headBefore(tags, tags.length);
    return found;
  }

  #headBefore(tags: Buffer, at: number): string {
    const start = tags.lastIndexOf(this.#head, at);
    return start === -1 ? this.#last : tags.toString("latin1", start, tags.indexOf(">", start) + 1);
  }
}
