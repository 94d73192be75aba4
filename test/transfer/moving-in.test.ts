// The commands of docs/moving-in.md work on data of Prosody 13.0.1 and ejabberd.
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { SqliteStore } from "../../src/storage/sqlite/store.ts";
import { verona } from "./verona.ts";

const PAGE = readFileSync(new URL("../../docs/moving-in.md", import.meta.url), "utf8");
const FIXTURES = new URL("fixtures/", import.meta.url).pathname;

let folder: string;
let storage: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "verona-moving-in-"));
  storage = `sqlite:${join(folder, "rooms.sqlite")}`;
});
afterEach(() => rmSync(folder, { recursive: true }));

/** Returns the arguments of the imports in a section, with `place` for the server's data, without --config. */
function importsIn(section: string, place: string): string[][] {
  const text = PAGE.split(/^## /m).find((each) => each.startsWith(`${section}\n`)) ?? "";
  return [...text.matchAll(/^verona (import \w+) \S+ --config \S+( --dry-run)?$/gm)].map(
    ([, command = "", dry = ""]) => [...command.split(" "), place, ...dry.trim().split(" ").filter(Boolean)],
  );
}

/** Runs the commands of a section in order. Returns what each prints. */
async function follow(section: string, place: string): Promise<string[]> {
  const printed: string[] = [];
  for (const args of importsIn(section, place)) {
    const { code, stdout, stderr } = await verona(storage, ...args);
    expect({ code, stderr }).toMatchObject({ code: 0 });
    printed.push(stdout.replace(`, into ${storage}`, ""));
  }
  return printed;
}

function kept<T>(read: (store: SqliteStore) => T): T {
  const store = new SqliteStore(storage.slice("sqlite:".length));
  try {
    return read(store);
  } finally {
    store.close();
  }
}

describe("a move on the same domain, as the page says", () => {
  it("from Prosody 13 brings the rooms with avatar, private messages, archive and tombstones", async () => {
    const data = join(folder, "prosody");
    cpSync(join(FIXTURES, "prosody-13"), data, { recursive: true });
    expect(await follow("Prosody", data)).toEqual([
      "would import: 1 rooms, 1 messages\nwould import: 1 rooms that were destroyed\n",
      "imported: 1 rooms, 1 messages\nimported: 1 rooms that were destroyed\n",
    ]);
    const room = kept((store) => store.loadRoom("capulet"));
    expect(room?.config).toMatchObject({
      persistent: true,
      public: false,
      allowPrivateMessages: "participants",
    });
    expect(room?.notes.get("vcard")).toContain("<FN>Größe</FN><PHOTO>");
    expect(room?.notes.get("avatar-hashes")).toBe("fc065e97f7ad1a6d9537da55f47e3d01294fa171");
    expect(kept((store) => store.latestDiscussion("capulet", 10)).map(({ text }) => text)).toEqual(["hi"]);
    const [destroyed] = kept((store) => store.loadDestroyedRooms());
    expect(destroyed).toMatchObject({ node: "tomb", venue: undefined, reason: "over" });
  });

  it("from ejabberd brings the rooms with avatar", async () => {
    const dump = join(folder, "rooms.dump");
    const vcard = '<vCard xmlns=\\"vcard-temp\\"><FN>Coven</FN></vCard>';
    const options = `[{persistent,true},{mam,false},{vcard,<<"${vcard}">>}]`;
    writeFileSync(dump, `{tables,[]}.\n{muc_room,{<<"coven">>,<<"conference.localhost">>},${options}}.\n`);
    expect(await follow("ejabberd", dump)).toEqual([
      "would import: 1 rooms, 0 messages\n",
      "imported: 1 rooms, 0 messages\n",
    ]);
    expect(kept((store) => store.loadRoom("coven"))?.notes.get("vcard")).toContain("<FN>Coven</FN>");
  });
});
