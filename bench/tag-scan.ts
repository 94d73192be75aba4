// Counts and finds tags in bytes without parsing them: the load must cost less than what it measures.

/** Cuts a stream of bytes behind a tag's end, so that no tag is ever seen in two halves. */
export class WholeTags {
  #rest: Buffer = Buffer.alloc(0);

  /** All bytes up to the last ">" so far; the others come with a later chunk. */
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

/** How often the bytes have the needle. */
export function countOf(bytes: Buffer, needle: Buffer): number {
  let count = 0;
  for (let at = bytes.indexOf(needle); at !== -1; at = bytes.indexOf(needle, at + needle.length)) count += 1;
  return count;
}

/** Each start tag that has the needle in it, from "<" to ">". */
export function tagsWith(bytes: Buffer, needle: Buffer): string[] {
  const tags: string[] = [];
  for (let at = bytes.indexOf(needle); at !== -1; at = bytes.indexOf(needle, at + needle.length)) {
    tags.push(bytes.toString("latin1", bytes.lastIndexOf("<", at), bytes.indexOf(">", at) + 1));
  }
  return tags;
}

/** Finds the start tags of the stanzas that have something in them, also where a chunk ends between the two. */
export class HeadScan {
  readonly #head: string;
  readonly #needles: readonly Buffer[];
  #last = "";

  /** `head` begins the start tag, such as "<message "; `needles` are what the stanza may have in it. */
  constructor(head: string, ...needles: readonly string[]) {
    this.#head = head;
    this.#needles = needles.map((needle) => Buffer.from(needle));
  }

  /** The start tags, one for each occurrence. */
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
