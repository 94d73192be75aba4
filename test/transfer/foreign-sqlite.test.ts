// SQLite databases of other servers, in what the servers themselves are not easily brought to write.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { ejabberdSource } from "../../src/transfer/ejabberd/source.ts";
import { prosodySource } from "../../src/transfer/prosody/source.ts";
import { type Item, type Source, TransferError } from "../../src/transfer/source.ts";

const HOST = "rooms.example.org";

let folder: string;
let path: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "verona-foreign-"));
  path = join(folder, "other.sqlite");
});
afterEach(() => rmSync(folder, { recursive: true }));

function write(...statements: string[]): void {
  using database = new DatabaseSync(path);
  for (const statement of statements) database.exec(statement);
}

async function itemsOf(source: Source): Promise<Item[]> {
  const items: Item[] = [];
  for await (const item of source.items(() => {})) items.push(item);
  return items;
}

describe("Prosody's SQLite database", () => {
  const PROSODY = `
    CREATE TABLE prosody (host TEXT, user TEXT, store TEXT, key TEXT, type TEXT, value TEXT);
    CREATE TABLE prosodyarchive (sort_id INTEGER PRIMARY KEY, host TEXT, user TEXT, store TEXT, key TEXT,
      "when" INTEGER, "with" TEXT, type TEXT, value TEXT);`;
  const entry = (user: string, key: string, type: string, value: string): string =>
    `INSERT INTO prosody VALUES ('${HOST}', '${user}', 'config', '${key}', '${type}', '${value}')`;
  const item = (id: number, type: string, value: string): string =>
    `INSERT INTO prosodyarchive VALUES (${id}, '${HOST}', 'coven', 'muc_log', 'key${id}', ${id}.5, '', '${type}', '${value}')`;

  test("has rooms from entries of every type, archives in their order, and losses", async () => {
    write(
      PROSODY,
      entry(
        "coven",
        "_data",
        "json",
        '{"persistent":true,"name":"A \\u00e9 cave","language":"any of ours","__hash":[1,"x"]}',
      ),
      entry("coven", "crone@example.org", "string", "owner"),
      entry("coven", "", "json", '{"__array":["x"]}'),
      entry("heath", "_data", "json", '{"persistent":'),
      item(2, "xml", `<message from="coven@${HOST}/w" id="b"><body>two</body></message>`),
      item(1, "xml", `<message from="coven@${HOST}/w" id="a"><body>one</body></message>`),
      item(3, "xml", "<message"),
      item(4, "xml", `<presence from="coven@${HOST}/w"/>`),
    );
    const items = await itemsOf(prosodySource(path, HOST));
    expect(items).toMatchObject([
      { kind: "loss", node: "coven", what: 'the setting 1 ("x")' },
      { kind: "loss", node: "coven", what: 'the setting language ("any of ours")' },
      {
        kind: "room",
        room: {
          node: "coven",
          config: { name: "A é cave", language: "", persistent: true },
          affiliations: [{ jid: "crone@example.org", affiliation: "owner" }],
        },
      },
      { kind: "message", message: { stanzaId: "key1", at: 1_500, id: "a", text: "one" } },
      { kind: "message", message: { stanzaId: "key2", at: 2_500, id: "b", text: "two" } },
      {
        kind: "loss",
        node: "coven",
        what: expect.stringContaining("1 items of the archive, which are damaged"),
      },
      { kind: "loss", node: "coven", what: expect.stringContaining("1 items of the archive: presence") },
      { kind: "loss", node: "heath", what: expect.stringContaining("is damaged: the room is left out") },
    ]);
  });

  test("is told from other databases, and from what is damaged", async () => {
    write("CREATE TABLE other (x)");
    await expect(itemsOf(prosodySource(path, HOST))).rejects.toThrow("it lacks prosody, prosodyarchive");
    writeFileSync(path, `SQLite format 3\0${"x".repeat(5_000)}`);
    await expect(itemsOf(prosodySource(path, HOST))).rejects.toThrow(TransferError);
  });
});

describe("ejabberd's SQLite database", () => {
  test("has registered nicknames, archives in their order, and losses, in the new schema too", async () => {
    const archived = (id: number, at: string, xml: string, room = "coven"): string =>
      `INSERT INTO archive VALUES ('${room}@${HOST}', 'example.org', ${at}, ${id}, ${xml}, 'groupchat', 'w')`;
    const body = (text: string): string =>
      `'<message from="crone@example.org/x" id="${text}"><body>${text}</body></message>'`;
    write(
      `CREATE TABLE muc_room (name TEXT, host TEXT, server_host TEXT, opts TEXT);
       CREATE TABLE muc_registered (jid TEXT, host TEXT, server_host TEXT, nick TEXT);
       CREATE TABLE muc_room_subscribers (room TEXT, host TEXT, jid TEXT, nick TEXT, nodes TEXT);
       CREATE TABLE archive (username TEXT, server_host TEXT, timestamp BIGINT, id INTEGER PRIMARY KEY, xml TEXT,
         kind TEXT, nick TEXT);`,
      `INSERT INTO muc_room VALUES ('coven', '${HOST}', 'example.org', '[{persistent,true},{title,<<"A é cave">>},{lang,<<"any of ours">>},
         {affiliations,[{{<<"crone">>,<<"example.org">>,<<>>},{owner,<<>>}}]}]')`,
      `INSERT INTO muc_room VALUES ('coven', 'other.example.org', 'example.org', '[')`,
      `INSERT INTO muc_registered VALUES ('crone@example.org', '${HOST}', 'example.org', 'Witch')`,
      `INSERT INTO muc_registered VALUES ('hecate@example.org', '${HOST}', 'example.org', 'Goddess')`,
      `INSERT INTO muc_room_subscribers VALUES ('coven', '${HOST}', 'a@example.org', 'a', '[]')`,
      archived(1, "1700000000000002", body("two")),
      archived(2, "1700000000000001", body("one")),
      archived(3, "1700000000000003", "x'0102'"),
      archived(4, "1700000000000004", body("elsewhere"), "heath"),
    );
    const items = await itemsOf(ejabberdSource(path, HOST));
    expect(items).toMatchObject([
      { kind: "loss", node: "coven", what: 'the setting lang ("any of ours")' },
      { kind: "loss", node: "coven", what: "the setting subscribers" },
      {
        kind: "room",
        room: {
          node: "coven",
          config: { name: "A é cave" },
          affiliations: [{ jid: "crone@example.org", affiliation: "owner", nick: "Witch" }],
        },
      },
      { kind: "message", message: { stanzaId: "1700000000000001", at: 1_700_000_000_000, text: "one" } },
      { kind: "message", message: { stanzaId: "1700000000000002", at: 1_700_000_000_000, text: "two" } },
      { kind: "loss", node: "coven", what: "1 items of the archive, with nothing that is kept here" },
      { kind: "loss", node: undefined, what: expect.stringContaining("of hecate@example.org") },
    ]);
  });
});
