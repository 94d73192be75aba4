import { mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { openThreadedStore } from "../../../src/storage/sqlite/threaded-store.ts";
import { StorageError } from "../../../src/storage/store.ts";
import { archived, message, room } from "../records.ts";

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

  it("keeps no commit waiting for a query, and a query sees what was committed before it was asked", async () => {
    const store = await openThreadedStore(join(folder, "d.sqlite"));
    await store.commit([{ kind: "room-stored", room }]);
    const many = Array.from({ length: 10_000 }, (_, index) => archived("coven", message(index)));
    await store.commit(many);
    const done: string[] = [];
    const everything = { afterIds: [], beforeIds: [], max: 10_000, fromEnd: false };
    const queries = Array.from({ length: 10 }, async () => {
      await store.readArchive("coven", everything);
      done.push("query");
    });
    await store.commit([archived("coven", message(10_000))]);
    done.push("commit");
    const last = await store.readArchive("coven", { ...everything, max: 1, fromEnd: true });
    expect(last?.messages[0]?.stanzaId).toBe("s10000");
    const { length } = await Promise.all(queries);
    expect(done.indexOf("commit")).toBeLessThan(length - 2);
    const search = await store.readArchive("coven", { ...everything, words: "number 10000" });
    expect(search?.messages).toHaveLength(0);
    expect(search?.reached).toBe("s9999");
    await store.close();
  });

  it("moves what was committed from SQLite's log into the file, without a commit that waits for it", async () => {
    const path = join(folder, "e.sqlite");
    const store = await openThreadedStore(path);
    const payload = `<body>${"x".repeat(3_000)}</body>`;
    const many = Array.from({ length: 600 }, (_, index) => archived("coven", message(index, { payload })));
    await store.commit([{ kind: "room-stored", room }, ...many]);
    await store.countMessages();
    const before = statSync(path).size;
    await vi.waitFor(() => expect(statSync(path).size).toBeGreaterThan(before + 1_500_000), 10_000);
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
