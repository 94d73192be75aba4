// Cuts what a component writes into stanzas, as text.

const TAG = /<(?:[^"'>]|"[^"]*"|'[^']*')*>/y;

/** Takes a stream in any pieces; hands on whole stanzas only: one that was cut in half is never seen. */
export class StanzaSplitter {
  #rest = "";
  /** Where the scan goes on, where the stanza that is under way begins, and how deep the scan is in it. */
  #at = 0;
  #start = 0;
  #depth = 0;

  /** The stanzas that this piece ends. Text has no bare "<", as everywhere in XML. */
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

  /** Where the tag ends that begins there; -1 where it has not come yet. A `>` in an attribute's value ends nothing. */
  #endOfTag(open: number): number {
    TAG.lastIndex = open;
    return TAG.test(this.#rest) ? TAG.lastIndex - 1 : -1;
  }
}
