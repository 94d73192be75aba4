// Identifiers are random: what the service gives stands for what the model gives, one for one and for ever.

const IDENTIFIER = /(?<= id=")(?:[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|[\w-]{43})(?=")/g;
const UUID = /[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/g;

/** A stanza without what differs from run to run: the times, and how lively a room was of late. */
function timeless(stanza: string): string {
  return stanza
    .replace(/ stamp="[^"]*"/g, "")
    .replace(/(message-activity"[^>]*><value>)\d+/g, "$1")
    .replaceAll(IDENTIFIER, "?");
}

/** Any text of the records without identifiers and times. */
export function plain(text: string): string {
  return text.replaceAll(UUID, "?").replaceAll(/\b1[6-9]\d{11}\b/g, "T");
}

/** Which identifier of the service belongs to which of the model. Two never change places, in all runs. */
export class Identifiers {
  readonly #given = new Map<string, string>();
  readonly #taken = new Map<string, string>();

  /** Whether two stanzas say the same; their identifiers are then a pair from now on. */
  same(given: string, expected: string): boolean {
    if (timeless(given) !== timeless(expected)) return false;
    const theirs = expected.match(IDENTIFIER) ?? [];
    return (given.match(IDENTIFIER) ?? []).every((id, index) => this.pair(id, theirs[index] ?? ""));
  }

  /** Makes a pair of two identifiers; false where one of them belongs to another. */
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
