// Splits a component's stream into stanzas, as text.

const TAG = /<(?:[^"'>]|"[^"]*"|'[^']*')*>/y;

/** Takes a stream in pieces of any size. Returns complete stanzas only. */
export class StanzaSplitter {
  #rest = "";
  /** The offset of the scan, the start of the current stanza, and the depth in it. */
  #at = 0;
  #start = 0;
  #depth = 0;

  /** Returns the stanzas that end in this piece. */
  take(text: string): string[] {
    this.#rest += text;
    const stanzas: string[] = [];
    for (;;) {
      const open = this.#rest.indexOf("<", this.#at);
      const close = open === -1 ? -1 : this.#endOfTag(open);
      if (close === -1) break;
      this.#at = close + 1;
      const tag = this.#rest.slice(open, close + 1);
      if (tag.startsWith("<?") || /^<\/?stream:stream/.test(tag)) {
        this.#start = this.#at;
        continue;
      }
      if (tag.startsWith("</")) this.#depth -= 1;
      else if (!tag.endsWith("/>")) this.#depth += 1;
      if (this.#depth > 0) continue;
      stanzas.push(this.#rest.slice(this.#start, this.#at).trimStart());
      this.#start = this.#at;
    }
    this.#rest = this.#rest.slice(this.#start);
    this.#at -= this.#start;
    this.#start = 0;
    return stanzas;
  }

  /** Returns the end of the tag at `open`; -1 if it has not arrived. A ">" in an attribute value does not end a tag. */
  #endOfTag(open: number): number {
    TAG.lastIndex = open;
    return TAG.test(this.#rest) ? TAG.lastIndex - 1 : -1;
  }
}
