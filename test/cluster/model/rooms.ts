// The rooms of one node: a stanza is handled in memory, then committed, then its output is written.
import type { OwnRooms } from "../../../src/cluster/own-slots.ts";
import type { Database, Entry } from "./database.ts";
import type { Ledger, Stanza } from "./ledger.ts";
import type { Link } from "./network.ts";
import type { Process } from "./process.ts";
import type { Session } from "./session.ts";

interface Waiter {
  readonly slots: ReadonlySet<number>;
  readonly resolve: () => void;
}

export interface RoomsParts {
  readonly ledger: Ledger;
  readonly database: Database;
  readonly session: Session;
  readonly process: Process;
  readonly link: Link;
  /** Is told what users of a slot are shown, where they are. */
  readonly shown: (entry: Entry) => void;
  readonly audienceOf: (slot: number) => string;
}

export class Rooms implements OwnRooms<Stanza> {
  readonly #parts: RoomsParts;
  /** The version of the rooms in memory, by slot. */
  readonly #versions = new Map<number, number>();
  #pending: Entry[] = [];
  #underWay: readonly Entry[] = [];
  #waiters: Waiter[] = [];
  #commits = 0;
  #last: string;

  constructor(parts: RoomsParts) {
    this.#parts = parts;
    this.#last = `new ${parts.session.self.id}`;
  }

  deliver(slot: number, stanza: Stanza): void {
    const base = this.#versions.get(slot);
    if (base === undefined) {
      this.#parts.ledger.fail(`stanza ${stanza.id} is handled before the rooms of slot ${slot} are read`);
      return;
    }
    this.#versions.set(slot, base + 1);
    this.#pending.push({ stanza, base });
    this.#commit();
  }

  async prepare(slots: readonly number[]): Promise<void> {
    const { session, database } = this.#parts;
    const versions = await session.call(() => slots.map((slot) => database.roomVersion(slot)));
    for (const [place, slot] of slots.entries())
      if (!this.#versions.has(slot)) this.#versions.set(slot, versions[place] as number);
  }

  settle(slots: readonly number[]): Promise<void> {
    return new Promise((resolve) => {
      this.#waiters.push({ slots: new Set(slots), resolve });
      this.#resolveSettled();
    });
  }

  release(slots: readonly number[]): void {
    for (const slot of slots) this.#versions.delete(slot);
  }

  refuse(stanza: Stanza): void {
    this.#parts.ledger.refuse(stanza);
  }

  /** The process has ended: what it had not committed is lost. */
  end(): void {
    for (const { stanza } of [...this.#underWay, ...this.#pending]) this.#parts.ledger.excuse(stanza);
  }

  #commit(): void {
    if (this.#underWay.length > 0 || this.#pending.length === 0) return;
    this.#underWay = this.#pending;
    this.#pending = [];
    this.#commits += 1;
    this.#try(`${this.#parts.session.self.id}/${this.#commits}`);
  }

  /** Commits, and repeats it until there is an answer. */
  #try(next: string): void {
    const { session, database, process } = this.#parts;
    const again = () => process.after(100, () => this.#try(next));
    if (!session.hasLease) {
      again();
      return;
    }
    const [entries, last] = [this.#underWay, this.#last];
    session
      .call(() => database.commit(session.self.id, last, next, entries))
      .then((isDone) => (isDone ? this.#committed(next) : process.end("its commits fail")), again);
  }

  #committed(next: string): void {
    const { link, shown, audienceOf } = this.#parts;
    this.#last = next;
    for (const entry of this.#underWay) link.output(audienceOf(entry.stanza.slot), () => shown(entry));
    this.#underWay = [];
    this.#resolveSettled();
    this.#commit();
  }

  #resolveSettled(): void {
    const busy = [...this.#underWay, ...this.#pending].map(({ stanza }) => stanza.slot);
    const settled = this.#waiters.filter(({ slots }) => !busy.some((slot) => slots.has(slot)));
    this.#waiters = this.#waiters.filter((waiter) => !settled.includes(waiter));
    for (const { resolve } of settled) resolve();
  }
}
