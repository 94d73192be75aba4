// Changes that are not committed yet, as far as answers could reveal them.
import type { Reveals } from "../muc/model/effects.ts";
import type { JournalEntry } from "../muc/model/journal.ts";

/** Counts journal entries that wait for a commit, except messages: no answer reveals those. */
export class UncommittedChanges {
  readonly #rooms = new Map<string, number>();
  /** Entries that affect every client of a room. */
  readonly #whole = new Map<string, number>();
  /** Entries that affect one client, by node and full JID. */
  readonly #clients = new Map<string, number>();

  add(entries: readonly JournalEntry[]): void {
    for (const entry of entries) this.#count(entry, 1);
  }

  remove(entries: readonly JournalEntry[]): void {
    for (const entry of entries) this.#count(entry, -1);
  }

  /** Returns true if an answer of a room could reveal an uncommitted change. */
  affects(node: string, reveals: Reveals): boolean {
    if (reveals === "nothing") return false;
    if (reveals === "room") return this.#rooms.has(node);
    return this.#whole.has(node) || this.#clients.has(`${node}/${reveals.client}`);
  }

  #count(entry: JournalEntry, change: 1 | -1): void {
    switch (entry.kind) {
      case "message-archived":
      case "message-retracted":
      case "private-retracted":
        return;
      case "session-stored":
        tally(this.#clients, `${entry.node}/${entry.session.jid}`, change);
        tally(this.#rooms, entry.node, change);
        return;
      case "session-removed":
        tally(this.#clients, `${entry.node}/${entry.jid}`, change);
        tally(this.#rooms, entry.node, change);
        return;
      case "room-stored":
      case "room-destroyed": {
        const { node } = entry.kind === "room-stored" ? entry.room : entry.destroyed;
        tally(this.#whole, node, change);
        tally(this.#rooms, node, change);
        return;
      }
      case "room-removed":
      case "destroyed-room-forgotten":
        tally(this.#whole, entry.node, change);
        tally(this.#rooms, entry.node, change);
        return;
      default:
        tally(this.#rooms, entry.node, change);
    }
  }
}

function tally(counts: Map<string, number>, key: string, change: number): void {
  const count = (counts.get(key) ?? 0) + change;
  if (count === 0) counts.delete(key);
  else counts.set(key, count);
}
