// Changes that are not committed yet, as far as answers could reveal them.
import type { Reveals } from "../muc/model/effects.ts";
import type { JournalEntry } from "../muc/model/journal.ts";

/** Notes journal entries that wait for a commit, except messages, acts and webhooks: no answer reveals those. */
export class UncommittedChanges {
  readonly #rooms = new Set<string>();
  /** Rooms with entries that affect every client. */
  readonly #whole = new Set<string>();
  /** Clients that entries affect, by node and full JID. */
  readonly #clients = new Set<string>();

  add(entries: readonly JournalEntry[]): void {
    for (const entry of entries) this.#note(entry);
  }

  /** Returns true if an answer of a room could reveal an uncommitted change. */
  affects(node: string, reveals: Reveals): boolean {
    if (reveals === "nothing") return false;
    if (reveals === "room") return this.#rooms.has(node);
    return this.#whole.has(node) || this.#clients.has(`${node}/${reveals.client}`);
  }

  #note(entry: JournalEntry): void {
    switch (entry.kind) {
      case "message-archived":
      case "message-retracted":
      case "private-retracted":
      case "act-recorded":
      case "webhook-stored":
      case "webhook-removed":
      case "event-queued":
        return;
      case "session-stored":
        this.#clients.add(`${entry.node}/${entry.session.jid}`);
        this.#rooms.add(entry.node);
        return;
      case "session-removed":
        this.#clients.add(`${entry.node}/${entry.jid}`);
        this.#rooms.add(entry.node);
        return;
      case "room-stored":
      case "room-destroyed":
        this.#noteWhole(entry.kind === "room-stored" ? entry.room.node : entry.destroyed.node);
        return;
      case "room-renamed":
        this.#noteWhole(entry.node);
        this.#noteWhole(entry.to);
        return;
      case "room-removed":
      case "destroyed-room-forgotten":
        this.#noteWhole(entry.node);
        return;
      default:
        this.#rooms.add(entry.node);
    }
  }

  #noteWhole(node: string): void {
    this.#whole.add(node);
    this.#rooms.add(node);
  }
}
