// The queries of the rules (muc/model/records.ts) to an SQLite database.
import { DatabaseSync } from "node:sqlite";
import type { ActQuery, StoredAct } from "../../muc/model/act.ts";
import type { ArchivePage, ArchiveQuery } from "../../muc/model/archive-query.ts";
import type { ListedRoom, ListQuery, PublicRoom, Records, StoredRoom } from "../../muc/model/records.ts";
import { compareTexts } from "../../xmpp/result-set.ts";
import { actStatementFor } from "../act-queries.ts";
import { planCount, planPage } from "../archive/plan.ts";
import { inOrder, statementFor } from "../room-list.ts";
import { hasWords, MOST_CANDIDATES, termsOf } from "../room-terms.ts";
import { type OnDamage, readable } from "../row-schemas.ts";
import * as rows from "../rows.ts";
import { carryOut, DIALECT } from "./archive.ts";
import { attempt } from "./faults.ts";
import { BUSY_TIMEOUT } from "./lock.ts";
import { prepare, type Statements } from "./statements.ts";

interface Connection {
  readonly path: string;
  readonly database: DatabaseSync;
  readonly statements: Statements;
  readonly onDamage: OnDamage;
}

/** Reads each record as of one moment. Does not find words that are not in the index yet. */
export class SqliteRecords implements Omit<Records, "occupiedListed"> {
  readonly #path: string;
  readonly #database: DatabaseSync;
  readonly #statements: Statements;
  readonly #onDamage: OnDamage;

  /** Uses a connection. `onDamage` gets a description of each damaged row. */
  constructor({ path, database, statements, onDamage }: Connection) {
    this.#path = path;
    this.#database = database;
    this.#statements = statements;
    this.#onDamage = onDamage;
  }

  /** Opens a connection to a database that a store has open, which changes nothing in it; throws `StorageError`. */
  static open(path: string, onDamage: OnDamage): SqliteRecords {
    return attempt("open", path, () => {
      const database = new DatabaseSync(path, { timeout: BUSY_TIMEOUT });
      database.exec("PRAGMA query_only = ON");
      return new SqliteRecords({ path, database, statements: prepare(database), onDamage });
    });
  }

  readArchive(node: string, query: ArchiveQuery): ArchivePage | undefined {
    return this.#read(() => carryOut(this.#database, planPage(DIALECT, node, query, this.#onDamage)));
  }

  countArchive(node: string, query: ArchiveQuery, most: number): number | undefined {
    return this.#read(() => carryOut(this.#database, planCount(DIALECT, node, query, most)));
  }

  readActs(query: ActQuery): StoredAct[] {
    const [name, values] = actStatementFor(query);
    return this.#read((statements) =>
      readable(statements[name].all(...values), rows.readAct, this.#onDamage),
    );
  }

  listRooms(query: ListQuery): ListedRoom[] {
    const [name, place] = statementFor(query);
    return this.#read((statements) => {
      const found = statements[name].all(place, query.max);
      return inOrder(
        found.map((row) => rows.readListed(row, this.#onDamage)),
        query,
      );
    });
  }

  countListed(before?: string): number {
    return this.#read(({ countListed, countListedBefore }) =>
      Number((before === undefined ? countListed.get() : countListedBefore.get(before))?.n),
    );
  }

  findRooms(words: readonly string[], most: number): ListedRoom[] | undefined {
    const terms = termsOf(words).map(({ term, isStart }) => (isStart ? `${term}*` : term));
    const match = terms.join(" AND ");
    return this.#read(({ countCandidates, candidates, listedRoom }) => {
      if (Number(countCandidates.get(match, MOST_CANDIDATES + 1)?.n) > MOST_CANDIDATES) return undefined;
      const found = candidates.all(match).filter((row) => hasWords(row, words));
      const nodes = found.map(({ node }) => String(node));
      if (nodes.length > most) return undefined;
      return nodes.sort(compareTexts).flatMap((node) => {
        const row = listedRoom.get(node);
        return row ? [rows.readListed(row, this.#onDamage)] : [];
      });
    });
  }

  publicRoom(node: string): PublicRoom | undefined {
    return this.#read(({ publicRoom }) => {
      const row = publicRoom.get(node);
      return row && rows.readPublic(row, this.#onDamage);
    });
  }

  allRooms(after: string, max: number): StoredRoom[] {
    return this.#read(({ allRooms }) =>
      allRooms.all(after, max).map((row) => rows.readKept(row, this.#onDamage)),
    );
  }

  /** Moves what was committed from SQLite's log into the file, as far as no other connection reads it. */
  checkpoint(): void {
    attempt("write", this.#path, () => this.#database.exec("PRAGMA wal_checkpoint(PASSIVE)"));
  }

  close(): void {
    this.#database.close();
  }

  #read<T>(action: (statements: Statements) => T): T {
    return attempt("read", this.#path, () => {
      this.#database.exec("BEGIN");
      try {
        return action(this.#statements);
      } finally {
        if (this.#database.isTransaction) this.#database.exec("COMMIT");
      }
    });
  }
}
