import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { ArchivedMessage, RoomRecord } from "../../src/muc/model/journal.ts";
import { DEFAULT_ROOM_CONFIG } from "../../src/muc/model/room-config.ts";
import { IN_MEMORY, SqliteStore } from "../../src/storage/sqlite/store.ts";
import { messageContent } from "../../src/transfer/export.ts";
import { exportSource } from "../../src/transfer/export-source.ts";
import { checkImport } from "../../src/transfer/import.ts";
import { TransferError } from "../../src/transfer/source.ts";
import { message as sampleMessage } from "../storage/records.ts";
import { verona, veronaWith } from "./verona.ts";

const ROOM: RoomRecord = {
  node: "coven",
  config: { ...DEFAULT_ROOM_CONFIG, name: "A Dark Cave 🌙", persistent: true, slowMode: 3 },
  locked: false,
  subject: {
    text: "Fire",
    nick: "firstwitch",
    at: 1_000,
    message: { id: "i", stanzaId: "s", occupantId: "o", language: "en", subjects: "<subject>Fire</subject>" },
  },
  affiliations: [
    { jid: "crone1@example.org", affiliation: "owner", reason: undefined, nick: "firstwitch" },
    { jid: "example.net", affiliation: "outcast", reason: "spam", nick: undefined },
  ],
  notes: new Map([["occupant-id", "key"]]),
  sessions: [],
};
const message = (number: number): ArchivedMessage =>
  sampleMessage(number, {
    payload: `<body>${number} &lt; \u2028</body><x xmlns="urn:x" a="&quot;"/>`,
    text: `${number} <`,
  });
const PRIVATE = {
  kind: "private",
  text: undefined,
  to: { nick: "hecate", jid: "hecate@example.org", type: undefined },
} as const;
/** The clock was set back between some of them. */
const MESSAGES = Array.from({ length: 1_203 }, (_, number) => ({
  ...message(number),
  ...(number % 100 === 50 && PRIVATE),
  ...(number % 100 === 60 && { kind: "departure" as const, text: undefined }),
  at: (number < 700 ? number : number - 500) * 1_000,
}));
const ACT = { at: 5, kind: "kicked", by: "a@example.org", target: "b@example.org" } as const;
const MOVED = { node: "gone", venue: "new@example.org", reason: "bigger", members: undefined, until: 9_000 };
const ENDED = { ...MOVED, node: "over", venue: undefined };

let folder: string;
let file: string;
let storage: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "verona-transfer-"));
  file = join(folder, "rooms.jsonl");
  storage = `sqlite:${join(folder, "rooms.sqlite")}`;
});
afterEach(() => rmSync(folder, { recursive: true }));

/** Opens the store of the command line. */
function withStore<T>(action: (store: SqliteStore) => T, path = storage): T {
  const store = new SqliteStore(path.slice("sqlite:".length));
  try {
    return action(store);
  } finally {
    store.close();
  }
}

function fill(store: SqliteStore): void {
  const temporary = { ...ROOM, node: "passing", config: { ...ROOM.config, persistent: false } };
  for (const room of [ROOM, { ...ROOM, node: "heath" }, temporary])
    store.commit([{ kind: "room-stored", room }]);
  for (const destroyed of [MOVED, ENDED]) store.commit([{ kind: "room-destroyed", destroyed }]);
  for (const node of ["coven", ""]) store.commit([{ kind: "act-recorded", node, act: ACT }]);
  store.commit(MESSAGES.map((each) => ({ kind: "message-archived", node: "coven", message: each })));
}

const archiveOf = (store: SqliteStore, node: string): readonly ArchivedMessage[] =>
  store.readArchive(node, { afterIds: [], beforeIds: [], extras: "all", max: 10_000, fromEnd: false })
    ?.messages ?? [];

describe("export and import", () => {
  test("carry over everything about rooms that are kept, their archives in order", async () => {
    withStore(fill);
    const exported = await verona(storage, "export", "--all", "--output", file);
    expect(exported).toMatchObject({ code: 0, stdout: "" });
    expect(exported.stderr).toContain("exported: 2 rooms, 1203 messages");
    expect(statSync(file).mode & 0o777).toBe(0o600);

    const other = `sqlite:${join(folder, "other.sqlite")}`;
    const { code, stdout, stderr } = await verona(other, "import", file);
    expect({ code, stdout }).toEqual({
      code: 0,
      stdout: `imported: 2 rooms, 1203 messages, into ${other}\nimported: 2 rooms that were destroyed\n`,
    });
    expect(stderr).toContain("importing: 100 %");
    withStore((store) => {
      expect(store.nodes(undefined, 9)).toEqual(["coven", "heath"]);
      expect(store.loadRoom("coven")).toEqual(ROOM);
      expect(archiveOf(store, "coven")).toEqual(MESSAGES);
      expect(store.loadDestroyedRooms()).toEqual([MOVED, ENDED]);
      expect(store.readActs({ max: 9 })).toEqual([
        { id: 2, node: "", ...ACT },
        { id: 1, node: "coven", ...ACT },
      ]);
    }, other);
  });

  test("of one room is written to standard output", async () => {
    withStore(fill);
    const { code, stdout } = await verona(storage, "export", "heath@conference.localhost");
    expect(code).toBe(0);
    const [head, room, end] = stdout
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line));
    expect(head).toEqual({ veronaExport: 2, domain: "conference.localhost" });
    expect(room.room.node).toBe("heath");
    expect(end).toEqual({ end: { rooms: 1, messages: 0 } });
  });

  test("never write over a file", async () => {
    withStore(fill);
    writeFileSync(file, "precious");
    const { code, stderr } = await verona(storage, "export", "--all", "--output", file);
    expect({ code, content: readFileSync(file, "utf8") }).toEqual({ code: 1, content: "precious" });
    expect(stderr).toBe(`verona: ${file} already exists\n`);
  });

  test("leave no part of a file where they are interrupted", async () => {
    withStore(fill);
    const preload = new URL("interrupted-file.ts", import.meta.url).href;
    const options = { NODE_OPTIONS: `--import=${preload}` };
    const { code, signal } = await veronaWith(options, storage, "export", "--all", "--output", file);
    const left = readdirSync(folder).filter((name) => name.startsWith("rooms.jsonl"));
    expect({ code, signal, left }).toEqual({ code: null, signal: "SIGINT", left: [] });
  });

  test("are refused in plain words while another process uses the database", async () => {
    const store = new SqliteStore(storage.slice("sqlite:".length));
    const { code, stderr } = await verona(storage, "export", "--all");
    store.close();
    expect(stderr).toContain("another process uses it");
    expect(code).toBe(1);
  });

  test("are refused for what is not kept, and with options that make no sense", async () => {
    withStore(fill);
    expect(await verona(storage, "export", "nowhere")).toMatchObject({
      code: 1,
      stderr: "verona: there is no room nowhere\n",
    });
    expect(await verona("memory:", "export", "--all")).toMatchObject({ code: 1 });
    expect(await verona(storage, "export")).toMatchObject({ code: 2 });
    expect(await verona(storage, "export", "--all", "--replace")).toMatchObject({ code: 2 });
  });
});

describe("an import", () => {
  const HEAD = { veronaExport: 2, domain: "conference.localhost" };
  const { node, config, subject, affiliations } = ROOM;
  const room = { node, config, subject, affiliations, notes: {} };
  const messageLine = (number: number) => ({ message: messageContent(message(number)) });
  const end = (rooms: number, messages: number) => ({ end: { rooms, messages } });
  const twoMembers = ["a@b", "c@d"].map((jid) => ({ jid, affiliation: "member", nick: "n" }));

  function writeLines(lines: readonly unknown[]): void {
    const texts = lines.map((line) => (typeof line === "string" ? line : JSON.stringify(line)));
    writeFileSync(file, `${texts.join("\n")}\n`);
  }

  function importLines(lines: readonly unknown[], ...args: string[]) {
    writeLines(lines);
    return verona(storage, "import", file, ...args);
  }

  test.each<[string, unknown[], string]>([
    ["no JSON", [HEAD, "{"], "line 2: "],
    ["another version", [{ ...HEAD, veronaExport: 3 }], "line 1: veronaExport: expected 1 or 2"],
    [
      "an unknown setting",
      [HEAD, { room: { ...room, config: { colour: "red" } } }],
      'line 2: config: Unrecognized key: "colour"',
    ],
    [
      "a node in upper case",
      [HEAD, { room: { ...room, node: "Coven" } }],
      "line 2: node: expected the localpart",
    ],
    [
      "a nickname that is reserved twice",
      [HEAD, { room: { ...room, affiliations: twoMembers } }],
      "line 2: affiliations: a nickname is reserved twice",
    ],
    [
      "markup that would break the stream",
      [HEAD, { room }, { message: { ...messageContent(message(1)), payload: "<body>" } }],
      "line 3: payload: expected well-formed XML",
    ],
    [
      "a note that is none of its kind",
      [HEAD, { room: { ...room, notes: { hats: "{}" } } }],
      "line 2: notes.hats: hats: Invalid input: expected array, received undefined",
    ],
    [
      "a note that nobody knows",
      [HEAD, { room: { ...room, notes: { broom: "x" } } }],
      "line 2: notes.broom: there is no such note",
    ],
    ["a message without a room", [HEAD, messageLine(1)], "line 2: a message before its room"],
    [
      "a stanza-id that is used twice",
      [HEAD, { room }, messageLine(1), messageLine(1)],
      "line 4: duplicate stanzaId s1",
    ],
    ["a room that is there twice", [HEAD, { room }, { room }], "line 3: duplicate room coven"],
    ["a lost line", [HEAD, { room }, end(1, 1)], "line 3: expected 1 rooms and 1 messages, found 1 and 0"],
    ["a lost end", [HEAD, { room }], "the file is truncated"],
  ])("with %s is refused, and the line is named", async (_what, lines, problem) => {
    writeLines(lines);
    const store = new SqliteStore(IN_MEMORY);
    const checked = checkImport(store, exportSource(file), { existing: "refuse", onProgress: () => {} });
    await expect(checked).rejects.toThrow(problem);
    await expect(checked).rejects.toBeInstanceOf(TransferError);
    store.close();
  });

  test("takes version 1 of the format, which had other names", async () => {
    const lines = [
      { ...HEAD, veronaExport: 1 },
      { moved: MOVED },
      { room },
      { message: message(1) },
      { message: { ...message(2), ...PRIVATE } },
      end(1, 2),
    ];
    expect(await importLines(lines)).toMatchObject({ code: 0 });
    withStore((store) => {
      expect(archiveOf(store, "coven")).toEqual([message(1), { ...message(2), ...PRIVATE }]);
      expect(store.loadDestroyedRooms()).toEqual([MOVED]);
    });
  });

  test("of version 2 does not take the names of version 1", async () => {
    const { code, stderr } = await importLines([HEAD, { room }, { message: message(1) }, end(1, 1)]);
    expect({ code, stderr }).toMatchObject({
      code: 1,
      stderr: expect.stringContaining("line 3: occupantId: "),
    });
  });

  test("changes nothing where the last line is wrong", async () => {
    const { code, stderr } = await importLines([HEAD, { room }, end(2, 0)]);
    expect({ code, stderr }).toMatchObject({ code: 1, stderr: expect.stringContaining("line 3: ") });
    expect(readdirSync(folder)).toEqual(["rooms.jsonl"]);
  });

  test("makes a dry run: it checks and reports, and writes nothing", async () => {
    const { code, stdout } = await importLines([HEAD, { room }, messageLine(1), end(1, 1)], "--dry-run");
    expect({ code, stdout }).toEqual({
      code: 0,
      stdout: `would import: 1 rooms, 1 messages, into ${storage}\n`,
    });
    expect(readdirSync(folder)).toEqual(["rooms.jsonl"]);
  });

  test("refuses rooms that exist, unless told to replace or to skip them", async () => {
    withStore(fill);
    const other = { ...room, config: { ...config, name: "New" } };
    const lines = [
      HEAD,
      { room: other },
      messageLine(5_000),
      { room: { ...room, node: "blasted" } },
      end(2, 1),
    ];
    const refused = await importLines(lines);
    expect(refused).toMatchObject({ code: 1 });
    expect(refused.stderr).toContain(
      "these rooms already exist: coven; import with --replace or --skip-existing",
    );
    expect(withStore((store) => store.loadRoom("blasted"))).toBeUndefined();

    const skipped = await importLines(lines, "--skip-existing");
    expect(skipped.stdout).toBe(
      `imported: 1 rooms, 0 messages, into ${storage}\nskipped, because they already exist: coven\n`,
    );
    expect(withStore((store) => archiveOf(store, "coven"))).toHaveLength(MESSAGES.length);

    await importLines(lines, "--replace");
    withStore((store) => {
      expect(store.loadRoom("coven")?.config.name).toBe("New");
      expect(archiveOf(store, "coven").map(({ stanzaId }) => stanzaId)).toEqual(["s5000"]);
    });
  });

  test.each([
    ["by Ctrl-C", "SIGINT", [], "interrupted; ", "import again with --replace"],
    ["by a lost terminal", "SIGHUP", ["--skip-existing"], "interrupted; ", "destroy it, and import again"],
    ["by a full disk", "fault", [], "the disk is full; free some space; ", "import again with --replace"],
  ])(
    "that is ended %s while it writes names the room that is not whole",
    async (_how, ending, args, why, advice) => {
      const said = Array.from({ length: 3_200 }, (_, number) => messageLine(number));
      writeLines([HEAD, { room: { ...room, node: "blasted" } }, { room }, ...said, end(2, said.length)]);
      const preload = new URL("at-second-commit.ts", import.meta.url).href;
      const env = { NODE_OPTIONS: `--import=${preload}`, AT_COMMIT: ending };
      const { code, signal, stderr } = await veronaWith(env, storage, "import", file, ...args);
      expect({ code, signal }).toEqual(
        ending === "fault" ? { code: 1, signal: null } : { code: null, signal: ending },
      );
      expect(stderr).toContain(`${why}coven may be incomplete: ${advice}`);
      expect(withStore((store) => archiveOf(store, "coven").length)).toBeLessThan(said.length);
    },
  );
});
