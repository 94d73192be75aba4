// Makes a backup whose first step meets an open transaction. Usage: `node busy-backup.ts DATABASE COPY MARKER` with
// UV_THREADPOOL_SIZE=1, so that the marker file is created after that step.
import { existsSync, open } from "node:fs";
import type { JournalEntry } from "../../src/muc/model/journal.ts";
import { SqliteStore } from "../../src/storage/sqlite/store.ts";

const [path = "", copy = "", marker = ""] = process.argv.slice(2);
const store = new SqliteStore(path);
let backup: Promise<void> | undefined;
const slow: JournalEntry = {
  get kind(): "destroyed-room-forgotten" {
    if (!backup) {
      backup = store.backup(copy);
      open(marker, "wx", () => {});
      while (!existsSync(marker));
    }
    return "destroyed-room-forgotten";
  },
  node: "coven",
};
store.commit([slow]);
await backup;
store.close();
