// Databases of other servers, with content that the servers seldom write.
import { createHash } from "node:crypto";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { DATABASE_USER, type RunningPostgres, startPostgres } from "../../dev/servers/postgres.ts";
import { ejabberdSource } from "../../src/transfer/ejabberd/source.ts";
import { prosodySource } from "../../src/transfer/prosody/source.ts";
import { type Item, type Source, TransferError } from "../../src/transfer/source.ts";

const HOST = "rooms.example.org";
/** More rows than one fetch. */
const MANY = 1_203;

let folder: string;
let postgres: RunningPostgres;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "verona-foreign-"));
  postgres = await startPostgres();
});
afterAll(async () => {
  rmSync(folder, { recursive: true });
  await postgres.stop();
});

async function itemsOf(source: Source): Promise<Item[]> {
  const items: Item[] = [];
  for await (const item of source.items(() => {})) items.push(item);
  return items;
}

const AVATAR = new Map([
  ["vcard", '<vCard xmlns="vcard-temp"><PHOTO><BINVAL>AAAA</BINVAL></PHOTO></vCard>'],
  ["avatar-hashes", createHash("sha1").update(Buffer.alloc(3)).digest("hex")],
]);

const lossesOf = (items: readonly Item[]): string[] =>
  items.flatMap((item) => (item.kind === "loss" ? [item.what] : []));

const KINDS = {
  SQLite: {
    create: () => join(mkdtempSync(join(folder, "sqlite-")), "other.sqlite"),
    write(path: string, statements: string) {
      using database = new DatabaseSync(path);
      database.exec(`BEGIN; ${statements}; COMMIT`);
    },
    compressed: "x'0102'",
  },
  PostgreSQL: {
    create: () => postgres.createDatabase(),
    write(address: string, statements: string) {
      postgres.sql(`SET ROLE ${DATABASE_USER.name}; ${statements}`, new URL(address).pathname.slice(1));
    },
    compressed: "'0102'",
  },
};

describe.each(["SQLite", "PostgreSQL"] as const)("in %s", (kind) => {
  const { create, write, compressed } = KINDS[kind];
  let address: string;
  beforeEach(() => {
    address = create();
  });
  const fill = (...statements: string[]): void => write(address, statements.join(";\n"));

  describe("Prosody's database", () => {
    const PHOTO = `{"name":"PHOTO","attr":{},"__array":[{"name":"BINVAL","attr":{},"__array":["AAAA"]}]}`;
    const TABLES = `
      CREATE TABLE prosody (host TEXT, "user" TEXT, store TEXT, "key" TEXT, "type" TEXT, value TEXT);
      CREATE TABLE prosodyarchive (sort_id INTEGER PRIMARY KEY, host TEXT, "user" TEXT, store TEXT, "key" TEXT,
        "when" DOUBLE PRECISION, "with" TEXT, "type" TEXT, value TEXT)`;
    const entry = (user: string, key: string, type: string, value: string, store = "config"): string =>
      `INSERT INTO prosody VALUES ('${HOST}', '${user}', '${store}', '${key}', '${type}', '${value}')`;
    const item = (id: number, type: string, value: string, user = "coven", key = id): string =>
      `INSERT INTO prosodyarchive VALUES (${id}, '${HOST}', '${user}', 'muc_log', 'key${key}', ${id}.5, '', '${type}', '${value}')`;
    const said = (id: number, user?: string, key?: number): string =>
      item(
        id,
        "xml",
        `<message from="${user ?? "coven"}@${HOST}/w" id="m${id}"><body>${id}</body></message>`,
        user,
        key,
      );

    test("has rooms from entries of every type, archives in their order, and losses", async () => {
      fill(
        TABLES,
        entry(
          "coven",
          "_data",
          "json",
          '{"persistent":true,"name":"A \\u00e9 cave","language":"any of ours","__hash":[1,"x"]}',
        ),
        entry("coven", "crone@example.org", "string", "owner"),
        entry("coven", "_affiliation_data", "json", '{"crone@example.org":{"reason":"old","age":90}}'),
        entry("coven", "", "json", '{"__array":["x"]}'),
        entry("coven", "name", "string", "vCard", "vcard_muc"),
        entry("coven", "attr", "json", '{"xmlns":"vcard-temp"}', "vcard_muc"),
        entry("coven", "", "json", `{"__array":[${PHOTO}]}`, "vcard_muc"),
        entry("heath", "_data", "json", '{"persistent":'),
        said(2),
        said(1),
        item(3, "xml", "<message"),
        item(4, "xml", `<presence from="coven@${HOST}/w"/>`),
      );
      const loss = (node: string, what: string) => ({
        kind: "loss",
        node,
        what: expect.stringContaining(what),
      });
      expect(await itemsOf(prosodySource(address, HOST))).toMatchObject([
        loss("coven", 'the setting 1 ("x")'),
        loss("coven", "the affiliation data age of crone@example.org"),
        loss("coven", 'the setting language ("any of ours")'),
        {
          kind: "room",
          room: {
            node: "coven",
            config: { name: "A é cave", language: "", persistent: true },
            affiliations: [{ jid: "crone@example.org", affiliation: "owner", reason: "old" }],
            notes: AVATAR,
          },
        },
        { kind: "message", message: { stanzaId: "key1", at: 1_500, id: "m1", text: "1" } },
        { kind: "message", message: { stanzaId: "key2", at: 2_500, id: "m2", text: "2" } },
        loss("coven", "1 damaged archive items"),
        loss("coven", "1 archive items with presence"),
        loss("heath", "is damaged: the room is not imported"),
      ]);
    });

    test("has its messages once and in order where they are many", async () => {
      const ids = Array.from({ length: MANY }, (_, number) => number + 1);
      fill(TABLES, entry("coven", "_data", "json", '{"persistent":true}'), ...ids.map((id) => said(id)));
      const items = await itemsOf(prosodySource(address, HOST));
      expect(items.flatMap((each) => (each.kind === "message" ? [each.message.stanzaId] : []))).toEqual(
        ids.map((id) => `key${id}`),
      );
    });

    test("has a message once whose key another one before it has in the room", async () => {
      fill(
        TABLES,
        ...["coven", "heath"].map((node) => entry(node, "_data", "json", '{"persistent":true}')),
        ...[said(1), said(2), said(3, "coven", 1), said(4, "coven", 1), said(5, "heath", 1)],
      );
      const items = await itemsOf(prosodySource(address, HOST));
      const told = items.flatMap((each) => {
        if (each.kind === "loss") return [`${each.node}: ${each.what}`];
        return each.kind === "message" ? [`${each.message.stanzaId} ${each.message.text}`] : [];
      });
      const twice = "coven: 2 duplicate archive items";
      expect(told).toEqual(["key1 1", "key2 2", twice, "key1 5"]);
    });

    test("has the archives of rooms that are in a data folder, which tells that it has none", async () => {
      fill(TABLES, ...[said(1), said(2)]);
      const data = mkdtempSync(join(folder, "data-"));
      const configs = join(data, "rooms%2eexample%2eorg", "config");
      mkdirSync(configs, { recursive: true });
      const settings = (more: string) => `return { ["_data"] = { ["persistent"] = true; ${more} }; };`;
      writeFileSync(join(configs, "coven.dat"), settings(""));
      writeFileSync(join(configs, "heath.dat"), settings('["archiving"] = false;'));
      const hint = `the history: ${data} has none; if Prosody's "storage" has another place`;
      expect(lossesOf(await itemsOf(prosodySource(data, HOST)))).toEqual([expect.stringContaining(hint)]);
      const whole = await itemsOf(prosodySource(data, HOST, address));
      expect(whole.map((each) => (each.kind === "message" ? each.message.stanzaId : each.kind))).toEqual([
        "room",
        "key1",
        "key2",
        "room",
      ]);
      const named = itemsOf(prosodySource(data, HOST, data));
      await expect(named).rejects.toThrow(`there is no history of these rooms in ${data}`);
      // Rooms without an archive lack no history.
      rmSync(join(configs, "coven.dat"));
      expect(lossesOf(await itemsOf(prosodySource(data, HOST)))).toEqual([]);
    });

    test("is told from other databases, and from what has no rooms of that host", async () => {
      fill("CREATE TABLE other (x INTEGER)");
      await expect(itemsOf(prosodySource(address, HOST))).rejects.toThrow("it lacks prosody, prosodyarchive");
      fill(TABLES);
      const refused = itemsOf(prosodySource(address, HOST));
      await expect(refused).rejects.toThrow(`there are no rooms of ${HOST} in `);
      await expect(refused).rejects.toBeInstanceOf(TransferError);
    });
  });

  describe.each(["old", "new"])("ejabberd's database in the %s schema", (schema) => {
    const isNew = schema === "new";
    const server = isNew ? "server_host TEXT, " : "";
    const ofServer = isNew ? "'example.org', " : "";
    const TABLES = `
      CREATE TABLE muc_room (name TEXT, host TEXT, ${server}opts TEXT);
      CREATE TABLE muc_registered (jid TEXT, host TEXT, ${server}nick TEXT);
      CREATE TABLE muc_room_subscribers (room TEXT, host TEXT, jid TEXT, nick TEXT, nodes TEXT);
      CREATE TABLE archive (username TEXT, ${server}timestamp BIGINT, id INTEGER PRIMARY KEY, xml TEXT,
        kind TEXT, nick TEXT)`;
    const room = (node: string, host: string, options: string): string =>
      `INSERT INTO muc_room VALUES ('${node}', '${host}', ${ofServer}'${options}')`;
    const registered = (jid: string, nick: string): string =>
      `INSERT INTO muc_registered VALUES ('${jid}', '${HOST}', ${ofServer}'${nick}')`;
    const archived = (id: number, at: string, xml: string, node = "coven"): string =>
      `INSERT INTO archive VALUES ('${node}@${HOST}', ${ofServer}${at}, ${id}, ${xml}, 'groupchat', 'w')`;
    const body = (text: string): string =>
      `'<message from="crone@example.org/x" id="${text}"><body>${text}</body></message>'`;

    test("has registered nicknames, archives in their order, and losses", async () => {
      fill(
        TABLES,
        room(
          "coven",
          HOST,
          `[{persistent,true},{title,<<"A é cave">>},{lang,<<"any of ours">>},{allow_query_users,false},
            {captcha_protected,false},{hats_users,[{{<<"a">>,<<"b">>,<<>>},[]}]},{vcard,<<>>},{colour,<<"red">>},
            {affiliations,[{{<<"crone">>,<<"example.org">>,<<>>},{owner,<<>>}}]}]`,
        ),
        room("coven", "other.example.org", "["),
        registered("crone@example.org", "Witch"),
        registered("hecate@example.org", "Goddess"),
        `INSERT INTO muc_room_subscribers VALUES ('coven', '${HOST}', 'a@example.org', 'a', '[]')`,
        archived(1, "1700000000000002", body("two")),
        archived(2, "1700000000000001", body("one")),
        archived(3, "1700000000000003", compressed),
        archived(4, "1700000000000004", body("elsewhere"), "heath"),
        archived(5, "1700000000000002", body("two")),
      );
      const loss = (what: string) => ({ kind: "loss", node: "coven", what });
      expect(await itemsOf(ejabberdSource(address, HOST))).toMatchObject([
        loss("the setting allow_query_users (false)"),
        loss("the setting hats_users"),
        loss("the setting colour (red)"),
        loss('the setting lang ("any of ours")'),
        loss("the setting subscribers"),
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
        loss("1 archive items without content to archive"),
        { kind: "loss", node: undefined, what: expect.stringContaining("of hecate@example.org") },
        loss("1 duplicate archive items"),
      ]);
    });

    test("has the roles that were given in moderated rooms, as far as roles are kept here", async () => {
      const user = (name: string) => `{<<"${name}">>,<<"example.org">>,<<>>}`;
      const options = (more: string) => `[{persistent,true},{hibernation_time,1700000000000000},${more},
        {allow_private_messages_from_visitors,moderators},
        {affiliations,[{${user("crone")},owner},{${user("hag")},{member,<<>>}}]},
        {roles,[{${user("crone")},moderator},{${user("hag")},visitor},{${user("hecate")},{participant,<<"x">>}},
          {${user("macbeth")},visitor},{${user("witch")},moderator}]}]`;
      fill(
        TABLES,
        room("a", HOST, options("{moderated,true},{members_by_default,false}")),
        room("b", HOST, options("{moderated,true},{members_by_default,true}")),
        room("c", HOST, options("{moderated,false}")),
      );
      const loss = (node: string, what: string) => ({
        kind: "loss",
        node,
        what: expect.stringContaining(what),
      });
      const visitors = "allow_private_messages_from_visitors (moderators)";
      const items = await itemsOf(ejabberdSource(address, HOST));
      expect(items.filter(({ kind }) => kind === "loss")).toEqual([
        loss("a", visitors),
        loss("a", "the role moderator of witch@example.org"),
        loss("b", visitors),
        loss("b", "the role moderator of witch@example.org"),
        loss("c", visitors),
      ]);
      const roles = items.flatMap((each) =>
        each.kind === "room" ? [JSON.parse(each.room.notes.get("roles") ?? "[]")] : [],
      );
      expect(roles).toEqual([
        [
          ["hag@example.org", "visitor"],
          ["hecate@example.org", "participant"],
        ],
        [
          ["hag@example.org", "visitor"],
          ["macbeth@example.org", "visitor"],
        ],
        [],
      ]);
    });

    test("has rooms whose archives are in another one, which it tells where it has none", async () => {
      fill(TABLES, room("coven", HOST, "[{persistent,true},{mam,true}]"));
      const archives = create();
      write(archives, [TABLES, archived(1, "1700000000000001", body("one"))].join(";\n"));
      const hint = "if mod_mam has another db_type than mod_muc, import with --archive and that place";
      expect(lossesOf(await itemsOf(ejabberdSource(address, HOST)))).toEqual([expect.stringContaining(hint)]);
      const whole = await itemsOf(ejabberdSource(address, HOST, archives));
      expect(whole.map((each) => (each.kind === "message" ? each.message.text : each.kind))).toEqual([
        "room",
        "one",
      ]);
      await expect(itemsOf(ejabberdSource(archives, HOST, address))).rejects.toThrow("there are no rooms");
      await expect(itemsOf(ejabberdSource(address, HOST, address))).rejects.toThrow("there is no history");
    });

    test("has its rooms and messages once and in order where they are many", async () => {
      const numbers = Array.from({ length: MANY }, (_, number) => number + 1_000);
      fill(
        TABLES,
        ...numbers.map((number) => room(`r${number}`, HOST, "[{persistent,true}]")),
        ...numbers.map((number) => archived(number, String(number), body("x"), "r1001")),
      );
      const items = await itemsOf(ejabberdSource(address, HOST));
      expect(items.flatMap((each) => (each.kind === "room" ? [each.room.node] : []))).toEqual(
        numbers.map((number) => `r${number}`),
      );
      expect(items.flatMap((each) => (each.kind === "message" ? [each.message.stanzaId] : []))).toEqual(
        numbers.map(String),
      );
    });
  });
});

describe("a database that cannot be read", () => {
  const faultOf = (address: string): Promise<unknown> =>
    itemsOf(prosodySource(address, HOST)).catch((error: unknown) => error);

  test("because the file is damaged", async () => {
    const path = join(folder, "damaged.sqlite");
    writeFileSync(path, `SQLite format 3\0${"x".repeat(5_000)}`);
    expect(await faultOf(path)).toBeInstanceOf(TransferError);
  });

  test("is told in words that do not repeat the password", async () => {
    const address = postgres.createDatabase();
    const wrongPassword = address.replace(/:[^:@]+@/, ":s3cret@");
    const nowhere = address.replace(/\/rooms\d+$/, "/nowhere");
    const silent = address.replace(/@[^/]+/, "@127.0.0.1:1");
    const tables = `CREATE TABLE prosody (host TEXT, "user" TEXT, store TEXT); CREATE TABLE prosodyarchive (host TEXT)`;
    postgres.sql(tables, new URL(address).pathname.slice(1));
    for (const [wrong, words] of [
      [wrongPassword, /^cannot read 127\.0\.0\.1:\d+\/rooms\d+: password authentication failed/],
      [nowhere, /database "nowhere" does not exist/],
      [silent, /ECONNREFUSED 127\.0\.0\.1:1/],
      [address, /permission denied for table prosody/],
      ["postgres://u:s3cret@h", /without a database name/],
      ["postgres://u:s3cret@h1,h2/d", /several hosts, expected the address of one server/],
      ["postgres://u:s3cret@[/x", /unreadable database address/],
    ] as const) {
      const fault = await faultOf(wrong);
      expect(fault).toBeInstanceOf(TransferError);
      expect((fault as Error).message).toMatch(words);
      expect((fault as Error).message).not.toMatch(/s3cret|p@ss|p%40ss/);
    }
  });
});
