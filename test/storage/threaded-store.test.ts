import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { StorageError } from "../../src/storage/store.ts";
import { openThreadedStore } from "../../src/storage/threaded-store.ts";
import { archived, message, room } from "./records.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "verona-thread-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

describe("a store in a thread", () => {
  it("does not keep its caller waiting for the disk, and does what it is asked in order", async () => {
    const store = await openThreadedStore(join(folder, "a.sqlite"));
    const done: string[] = [];
    const commits = [1, 2, 3].map(async (number) => {
      await store.commit(
        number === 1 ? [{ kind: "room-stored", room }] : [archived("coven", message(number))],
      );
      done.push(`commit ${number}`);
    });
    const read = (async () => {
      const messages = await store.latestDiscussion("coven", 10);
      done.push(`${messages.length} messages`);
    })();
    done.push("asked");
    await Promise.all([...commits, read]);
    expect(done).toEqual(["asked", "commit 1", "commit 2", "commit 3", "2 messages"]);
    await store.close();
  });

  it("rejects with what is wrong with a file, and leaves no thread behind", async () => {
    const path = join(folder, "b.sqlite");
    writeFileSync(path, "x".repeat(4096));
    const opening = openThreadedStore(path);
    await expect(opening).rejects.toThrow(StorageError);
    await expect(opening).rejects.toThrow(`${path}: the file is not an SQLite database`);
  });

  it("answers nothing once it is closed", async () => {
    const store = await openThreadedStore(join(folder, "c.sqlite"));
    await store.close();
    await expect(store.countRooms()).rejects.toThrow(StorageError);
    await store.close();
  });
});
