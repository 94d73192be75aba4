import { DatabaseSync, type StatementSync } from "node:sqlite";

/** A set of texts for any number of them: beyond a few megabytes it is on disk, in a file of its own that goes with it. */
export class DiskSet {
  readonly #database = new DatabaseSync("");
  readonly #add: StatementSync;

  constructor() {
    this.#database.exec(
      "PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; CREATE TABLE seen (text TEXT PRIMARY KEY) WITHOUT ROWID",
    );
    this.#database.exec("BEGIN");
    this.#add = this.#database.prepare("INSERT OR IGNORE INTO seen VALUES (?)");
  }

  /** False where the text was there already. */
  add(text: string): boolean {
    return this.#add.run(text).changes === 1;
  }

  clear(): void {
    this.#database.exec("DELETE FROM seen");
  }

  [Symbol.dispose](): void {
    this.#database.close();
  }
}
