// Identifiers are random, so each identifier of the service is paired with one of the model, permanently.

const IDENTIFIER = /(?<= id=")(?:[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|[\w-]{43})(?=")/g;
const UUID = /[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/g;

/** Returns a stanza without the parts that differ between runs: times, and the activity of a room. */
function timeless(stanza: string): string {
  return stanza
    .replace(/ stamp="[^"]*"/g, "")
    .replace(/(message-activity"[^>]*><value>)\d+/g, "$1")
    .replaceAll(IDENTIFIER, "?");
}

/** Returns a text of the records without identifiers and times. */
export function plain(text: string): string {
  return text.replaceAll(UUID, "?").replaceAll(/\b1[6-9]\d{11}\b/g, "T");
}

/** The pairs of identifiers of the service and of the model. A pair never changes, over all restarts. */
export class Identifiers {
  readonly #given = new Map<string, string>();
  readonly #taken = new Map<string, string>();

  /** Returns true if two stanzas are the same but for identifiers, and pairs their identifiers. */
  same(given: string, expected: string): boolean {
    if (timeless(given) !== timeless(expected)) return false;
    const theirs = expected.match(IDENTIFIER) ?? [];
    return (given.match(IDENTIFIER) ?? []).every((id, index) => this.pair(id, theirs[index] ?? ""));
  }

  /** Pairs two identifiers. Returns false if one of them belongs to another pair. */
  pair(given: string, expected: string): boolean {
    const before = this.#given.get(given);
    if (before === undefined && !this.#taken.has(expected)) {
      this.#given.set(given, expected);
      this.#taken.set(expected, given);
      return true;
    }
    return before === expected;
  }
}
