import { DatabaseSync, type StatementSync } from "node:sqlite";

/** A set of any number of texts. Beyond a few megabytes it moves to a temporary file, which is removed with it. */
export class DiskSet {
  readonly #database = new DatabaseSync("");
  readonly #add: StatementSync;

  constructor() {
    this.#database.exec(
      "PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; CREATE TABLE member (text TEXT PRIMARY KEY) WITHOUT ROWID",
    );
    this.#database.exec("BEGIN");
    this.#add = this.#database.prepare("INSERT OR IGNORE INTO member VALUES (?)");
  }

  /** Adds a text. Returns false if it was in the set already. */
  add(text: string): boolean {
    return this.#add.run(text).changes === 1;
  }

  clear(): void {
    this.#database.exec("DELETE FROM member");
  }

  [Symbol.dispose](): void {
    this.#database.close();
  }
}
