// The stanzas sent to one room, and their results, until the next kill.
import type { ArchivedMessage, DestroyedRoom, RoomRecord } from "../../src/muc/model/journal.ts";
import { type Identifiers, plain } from "./identifiers.ts";
import type { Consequence, Kept } from "./model.ts";

/** The content of the store under one node. */
export interface Found {
  readonly room: RoomRecord | undefined;
  readonly destroyed: DestroyedRoom | undefined;
  readonly archive: readonly ArchivedMessage[];
}

export interface Settled {
  readonly kept: Kept;
  /** Stanzas that were handled and stored, though nobody was told. */
  readonly untold: number;
  /** Stanzas of which nothing is stored, and nobody was told anything. */
  readonly lost: number;
  /** True if everybody was told everything that is stored. */
  readonly isTold: boolean;
}

/**
 * A room handles its stanzas one after the other. Its output must be the expected output up to some point. The store
 * must have the model's state after some stanza: the last one with output that anybody received, or a later one.
 */
export class Ledger {
  readonly #identifiers: Identifiers;
  #steps: { readonly sent: string; readonly kept: Kept; readonly written: number }[] = [];
  #expected: string[] = [];
  #received = 0;
  #outstandingLength = 0;
  #base: Kept;

  constructor(identifiers: Identifiers, base: Kept) {
    this.#identifiers = identifiers;
    this.#base = base;
  }

  /** Number of expected stanzas that have not arrived. */
  get outstanding(): number {
    return this.#expected.length - this.#received;
  }

  /** Length of the expected stanzas that have not arrived. */
  get outstandingLength(): number {
    return this.#outstandingLength;
  }

  get next(): string | undefined {
    return this.#expected[this.#received];
  }

  send(sent: string, { kept, written }: Consequence): void {
    this.#expected.push(...written);
    this.#outstandingLength += written.reduce((sum, { length }) => sum + length, 0);
    this.#steps.push({ sent, kept, written: this.#expected.length });
  }

  /** Takes a stanza that the room wrote. Returns what is wrong with it. */
  receive(stanza: string): string | undefined {
    const expected = this.next;
    if (expected !== undefined && this.#identifiers.same(stanza, expected)) {
      this.#received += 1;
      this.#outstandingLength -= expected.length;
      return undefined;
    }
    return `told is     ${stanza}\n  expected is ${expected ?? "nothing"}`;
  }

  /** Compares with the store after a kill. */
  settle(found: Found): Settled | string {
    // The store must have the last stanza with output that anybody received, and all stanzas before it.
    let first = this.#steps.length;
    while (first > 0 && (this.#steps[first - 2]?.written ?? 0) >= this.#received) first -= 1;
    if (this.#received === 0) first = 0;
    for (let count = first; count <= this.#steps.length; count += 1) {
      const step = count === 0 ? undefined : this.#steps[count - 1];
      const kept = step?.kept ?? this.#base;
      if (!isSame(found, kept)) continue;
      if (!this.#pair(found, kept)) return "an identifier is not the one that was told";
      const untold = count - first;
      const isTold = (step?.written ?? 0) <= this.#received;
      const settled = { kept: inOrderOf(found, kept), untold, lost: this.#steps.length - count, isTold };
      this.#steps = [];
      this.#expected = [];
      this.#received = 0;
      this.#outstandingLength = 0;
      this.#base = settled.kept;
      return settled;
    }
    const told = first === 0 ? this.#base : (this.#steps[first - 1]?.kept ?? this.#base);
    const sent = this.#steps.slice(Math.max(0, first - 1)).map((step) => step.sent);
    return `kept is\n  ${describe(found)}\n  told was\n  ${describe(foundOf(told))}\n  in flight were\n  ${sent.join("\n  ")}`;
  }

  #pair(found: Found, kept: Kept): boolean {
    const pairs = found.archive.map(({ stanzaId }, index) => [stanzaId, kept.archive[index]?.stanzaId]);
    pairs.push([found.room?.subject?.message?.stanzaId, kept.room?.subject?.message?.stanzaId]);
    return pairs.every(([given, expected]) => !given || this.#identifiers.pair(given, expected ?? ""));
  }
}

const foundOf = ({ room, destroyed, archive, archived }: Kept): Found => ({
  room,
  destroyed,
  archive: archive.slice(0, archived),
});

function isSame(found: Found, kept: Kept): boolean {
  if (found.archive.length !== kept.archived) return false;
  return describe(found) === describe(foundOf(kept));
}

/** Returns everything as text, in a fixed order. */
function describe({ room, destroyed, archive }: Found): string {
  const said = archive.map((message) => JSON.stringify({ ...message, author: "" }, inOrder));
  return plain(JSON.stringify([room ? plainRoom(room) : null, { ...destroyed, until: 0 }, said], inOrder));
}

/** Sorts the keys of a value, because PostgreSQL returns them in another order. */
function inOrder(_key: string, value: unknown): unknown {
  if (value === null || typeof value !== "object" || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1)));
}

function plainRoom({ config, locked, subject, affiliations, notes, sessions }: RoomRecord): unknown[] {
  const people = affiliations.map(({ jid, affiliation, reason, nick }) =>
    [jid, affiliation, reason, nick].join(" "),
  );
  // The order of presences matters among the clients of one occupant.
  const inside = sessions.map(({ jid, nick, role, payload }) => [nick, jid, role, payload]);
  const words = subject && { ...subject, message: { ...subject.message, occupantId: "" } };
  return [
    config,
    locked,
    words,
    people.toSorted(),
    [...notes].toSorted(),
    inside.toSorted(([a = ""], [b = ""]) => (a < b ? -1 : Number(a > b))),
  ];
}

/** Returns the stored state with the model's identifiers, in the order in which the service reads it. */
function inOrderOf(found: Found, kept: Kept): Kept {
  if (!found.room || !kept.room) return kept;
  const { sessions, affiliations } = found.room;
  return { ...kept, room: { ...kept.room, sessions, affiliations } };
}
