// The slots of one node: it takes, serves and gives them away.
import type { ClusterTables, NodeId, OwnedSlot } from "./cluster-tables.ts";

/** The rooms of this node. */
export interface OwnRooms<T> {
  /** Hands over a stanza for a slot that this node serves. */
  deliver(slot: number, stanza: T): void;
  /** Reads what the rooms of slots need before the first stanza. */
  prepare(slots: readonly number[]): Promise<void>;
  /** Resolves when all stanzas of slots are handled, and what they have brought about is committed and written. */
  settle(slots: readonly number[]): Promise<void>;
  /** Forgets the rooms of slots: another node has them. */
  release(slots: readonly number[]): void;
  /** Answers a stanza with an error of type wait. */
  refuse(stanza: T): void;
}

export interface OwnSlotsActions {
  /** Holds the stanzas of slots from now on. */
  hold(slots: readonly OwnedSlot[]): void;
  /** Lets the stanzas of slots come to this node from now on. */
  serve(slots: readonly OwnedSlot[]): void;
  /** Resolves when whatever this node has written for users has reached the servers of the other nodes that it knows: these. */
  confirm(): Promise<readonly NodeId[]>;
  /** Asks for a turn at the tables, in some milliseconds. */
  turn(ms?: number): void;
  /** Notes a failure. */
  failed(error: unknown, message: string): void;
}

/** A slot of this node: being read, served, or on its way to another node. */
interface Own extends OwnedSlot {
  state: "arriving" | "serving" | "leaving";
}

interface Move {
  readonly to: NodeId;
  readonly slots: readonly OwnedSlot[];
  /** The nodes whose servers have all that users of the slots were sent; undefined while something is under way. */
  confirmed: readonly NodeId[] | undefined;
}

/** Milliseconds until something that failed is tried again. */
const AGAIN_MS = 500;

export class OwnSlots {
  readonly #rooms: Pick<OwnRooms<unknown>, "prepare" | "settle" | "release">;
  readonly #actions: OwnSlotsActions;
  readonly #own = new Map<number, Own>();
  #move: Move | undefined;
  /** The instant before which no move begins. */
  #moveAt = 0;
  #now = 0;

  constructor(rooms: Pick<OwnRooms<unknown>, "prepare" | "settle" | "release">, actions: OwnSlotsActions) {
    this.#rooms = rooms;
    this.#actions = actions;
  }

  get isMoving(): boolean {
    return this.#move !== undefined || this.#moveAt !== 0;
  }

  get size(): number {
    return this.#own.size;
  }

  /** Number of slots that are served. */
  get served(): number {
    return [...this.#own.values()].filter(({ state }) => state === "serving").length;
  }

  /** Returns true if the tables have named this node as the owner. */
  has(slot: number): boolean {
    return this.#own.has(slot);
  }

  serves(slot: number): boolean {
    return this.#own.get(slot)?.state === "serving";
  }

  /** Takes what the tables say is this node's: reads what is new, then serves it. */
  gain(slots: readonly OwnedSlot[]): void {
    // Given away and got back between two looks at the tables: other nodes have changed the rooms.
    this.lose(slots.filter(({ slot, epoch }) => (this.#own.get(slot)?.epoch ?? epoch) !== epoch));
    if (!this.#move) this.#keep(slots);
    const arriving = slots
      .filter(({ slot }) => !this.#own.has(slot))
      .map((owned): Own => ({ ...owned, state: "arriving" }));
    if (arriving.length === 0) return;
    for (const own of arriving) this.#own.set(own.slot, own);
    this.#actions.hold(arriving);
    this.#rooms.prepare(numbersOf(arriving)).then(
      () => this.#serve(arriving.filter((own) => this.#own.get(own.slot) === own)),
      (error) => {
        this.#actions.failed(error, "failed to read what the rooms of another node need");
        for (const own of arriving) if (this.#own.get(own.slot) === own) this.#own.delete(own.slot);
        this.#actions.turn(AGAIN_MS);
      },
    );
  }

  /** Forgets those of the slots that were this node's. */
  lose(slots: readonly OwnedSlot[]): void {
    const lost = numbersOf(slots).filter((slot) => this.#own.delete(slot));
    if (lost.length > 0) this.#rooms.release(lost);
  }

  /** Begins to move slots to another node, unless others are moving, or some of them are not served. */
  move(to: NodeId, slots: readonly OwnedSlot[]): void {
    if (this.#move || this.#now < this.#moveAt || !slots.every(({ slot }) => this.serves(slot))) return;
    const move: Move = { to, slots, confirmed: undefined };
    this.#move = move;
    for (const { slot } of slots) this.#mark(slot, "leaving");
    this.#actions.hold(slots);
    this.#settle(move).then(
      (confirmed) => {
        move.confirmed = confirmed;
        this.#actions.turn();
      },
      (error) => {
        this.#actions.failed(error, "failed to give rooms to another node");
        this.#endMove(AGAIN_MS);
        this.#keep(slots);
      },
    );
  }

  /**
   * Gives away what has settled, and returns to whom. If the tables reject, nobody knows whose the slots are: they stay held,
   * and the next call asks the tables again. The caller reads the tables after it.
   */
  async give(tables: Pick<ClusterTables, "give">): Promise<Pick<Move, "to" | "slots"> | undefined> {
    const move = this.#move;
    if (!move?.confirmed) return undefined;
    const isGiven = await tables.give(move.to, move.slots, move.confirmed);
    if (isGiven) this.lose(move.slots);
    this.#endMove(isGiven ? 0 : AGAIN_MS);
    return isGiven ? move : undefined;
  }

  /** Lets time pass; call it every few milliseconds. */
  tick(now: number): void {
    this.#now = now;
    if (this.#moveAt === 0 || this.#moveAt > now) return;
    this.#moveAt = 0;
    this.#actions.turn();
  }

  /** Waits until nothing of the slots is on its way: neither to the database nor to users of the nodes that it returns. */
  async #settle({ slots }: Move): Promise<readonly NodeId[]> {
    await this.#rooms.settle(numbersOf(slots));
    return this.#actions.confirm();
  }

  #endMove(pauseMs: number): void {
    this.#move = undefined;
    this.#moveAt = pauseMs === 0 ? 0 : this.#now + pauseMs;
  }

  /** Serves slots again that were to leave. */
  #keep(slots: readonly OwnedSlot[]): void {
    const kept = slots.map(({ slot }) => this.#own.get(slot)).filter((own) => own?.state === "leaving");
    this.#serve(kept.filter((own) => own !== undefined));
  }

  #serve(slots: readonly Own[]): void {
    if (slots.length === 0) return;
    for (const { slot } of slots) this.#mark(slot, "serving");
    this.#actions.serve(slots);
  }

  #mark(slot: number, state: Own["state"]): void {
    const own = this.#own.get(slot);
    if (own) own.state = state;
  }
}

function numbersOf(slots: readonly OwnedSlot[]): number[] {
  return slots.map(({ slot }) => slot);
}
