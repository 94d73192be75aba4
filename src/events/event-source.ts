// The source of events: makes them of what is about to be committed, and publishes them when it is.
import type { Effects } from "../muc/model/effects.ts";
import type { JournalEntry } from "../muc/model/journal.ts";
import type { Room } from "../muc/room/room.ts";
import { deriveEvents } from "./derive-events.ts";
import { EventIds } from "./event-ids.ts";
import { type EventKind, type FullEvent, type RoomEvent, shownEvent } from "./room-event.ts";

/** What a subscriber hears. */
export interface EventFilter {
  /** Nodes of rooms; undefined for all. */
  readonly rooms: ReadonlySet<string> | undefined;
  readonly kinds: ReadonlySet<EventKind>;
  /** True to hear real addresses where the room hides them: a grant of an administrator. */
  readonly reveal: boolean;
}

/** Keeps events with the change that they tell of. */
export interface EventKeeper {
  /** Returns true if events of a room shall be kept. */
  wants(node: string): boolean;
  /** Returns the journal entries that keep the events of a journal. */
  entriesFor(events: readonly FullEvent[], journal: readonly JournalEntry[]): JournalEntry[];
  /** Called when these entries are committed. */
  kept(entries: readonly JournalEntry[]): void;
}

interface SourceParts {
  readonly domain: string;
  /** Milliseconds since 1970. */
  now(): number;
  /** Returns a room in memory. */
  roomOf(node: string): Room | undefined;
  /** Called for each exception of a callback or of the source. */
  faulted(error: unknown, node: string): void;
}

interface Subscription extends EventFilter {
  hear(event: RoomEvent): void;
}

/**
 * Publishes events of the rooms that this process serves. An event is published when its change is committed; those of a room
 * in the order of its changes. Events are not repeated: who was not subscribed has missed them.
 */
export class EventSource {
  readonly #parts: SourceParts;
  readonly #ids = new EventIds();
  readonly #subscriptions = new Set<Subscription>();
  keeper: EventKeeper | undefined;

  constructor(parts: SourceParts) {
    this.#parts = parts;
  }

  /**
   * Calls `hear` for each event from now on, until the returned function is called. `hear` must return soon and must not keep
   * what it cannot forget: it runs between a commit and the output of rooms.
   */
  subscribe(filter: EventFilter, hear: (event: RoomEvent) => void): () => void {
    const subscription = { ...filter, hear };
    this.#subscriptions.add(subscription);
    return () => void this.#subscriptions.delete(subscription);
  }

  /** Takes effects that are about to be committed. Adds entries to the journal if events are to be kept. Never throws. */
  note(effects: Effects): void {
    const { journal, facts } = effects;
    if ((journal.length === 0 && facts.length === 0) || !this.#isHeard(effects)) return;
    try {
      const events = this.#eventsOf(effects);
      if (events.length === 0) return;
      const entries = this.keeper?.entriesFor(events, journal) ?? [];
      for (const entry of entries) journal.push(entry);
      effects.onCommit = () => {
        for (const event of events) this.#publish(event);
        if (entries.length > 0) this.keeper?.kept(entries);
      };
    } catch (error) {
      this.#parts.faulted(error, effects.node);
    }
  }

  /** Returns true if somebody may want events of these effects. */
  #isHeard({ node }: Effects): boolean {
    if (this.#subscriptions.size > 0) return true;
    // Effects of the service may have those of many rooms.
    return this.keeper?.wants(node) ?? false;
  }

  #eventsOf(effects: Effects): FullEvent[] {
    const { now, domain, roomOf } = this.#parts;
    const at = now();
    const time = new Date(at).toISOString();
    return deriveEvents(effects, roomOf).map(({ node, content, isAnonymous }) => {
      const event: RoomEvent = { id: this.#ids.next(at), time, room: `${node}@${domain}`, ...content };
      return { node, event, isAnonymous };
    });
  }

  #publish(full: FullEvent): void {
    for (const { rooms, kinds, reveal, hear } of [...this.#subscriptions]) {
      if (!kinds.has(full.event.kind) || rooms?.has(full.node) === false) continue;
      try {
        hear(shownEvent(full, reveal));
      } catch (error) {
        this.#parts.faulted(error, full.node);
      }
    }
  }
}
