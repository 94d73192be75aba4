// A PostgreSQL database that refuses, disconnects, is killed, or has another writer.
import { connect } from "node:net";
import pg from "pg";
import pino from "pino";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { listenOnLoopback } from "../../../dev/loopback-listener.ts";
import { type RunningPostgres, startPostgres } from "../../../dev/servers/postgres.ts";
import type { JournalEntry } from "../../../src/muc/model/journal.ts";
import { migrate, SCHEMA_VERSION } from "../../../src/storage/postgres/migrate.ts";
import { PostgresStore } from "../../../src/storage/postgres/store.ts";
import { StorageError } from "../../../src/storage/store.ts";
import { archived, message, room } from "../records.ts";

let server: RunningPostgres;
let url: string;
let logged: { level: number; msg: string }[];
let cleanUp: (() => unknown)[];
beforeAll(async () => {
  server = await startPostgres();
});
afterAll(() => server?.stop());
beforeEach(() => {
  cleanUp = [];
  logged = [];
  url = server.createDatabase();
});
afterEach(async () => {
  for (const step of cleanUp.reverse()) await step();
});

const log = pino({}, { write: (line: string) => void logged.push(JSON.parse(line)) });
const database = (): string => new URL(url).pathname.slice(1);
const sql = (text: string): string => server.sql(text, database());
const changed = (part: "password" | "username" | "pathname" | "hostname" | "port", value: string): string =>
  String(Object.assign(new URL(url), { [part]: value }));

async function open(address = url): Promise<PostgresStore> {
  const store = await PostgresStore.open(address, log);
  cleanUp.push(() => store.close());
  return store;
}

async function faultOfOpening(address = url): Promise<string> {
  const fault = await PostgresStore.open(address).then(
    (store) => store.close(),
    (error) => error,
  );
  expect(fault).toBeInstanceOf(StorageError);
  expect(String(fault)).not.toContain("p@ss");
  expect(String(fault)).not.toContain("\n");
  return (fault as Error).message;
}

describe("opening a PostgreSQL database is refused, with its name and what to do,", () => {
  it("with a wrong password", async () => {
    expect(await faultOfOpening(changed("password", "wr0ng"))).toMatch(
      /^cannot open the database 127\.0\.0\.1:\d+\/rooms\d+: it rejected the password; correct it/,
    );
  });

  it("without a password", async () => {
    expect(await faultOfOpening(changed("password", ""))).toMatch(/requires a password; set one/);
  });

  it("that does not exist", async () => {
    expect(await faultOfOpening(changed("pathname", "/nothing"))).toMatch(
      /\/nothing: there is no such database/,
    );
  });

  it("of a host that is not known", async () => {
    expect(await faultOfOpening(changed("hostname", "db.invalid"))).toMatch(/unknown host; correct it/);
  });

  it("of a port where nothing listens, without a log", async () => {
    expect(await faultOfOpening(changed("port", "1"))).toMatch(/nothing listens there; start PostgreSQL/);
  });

  it("with encryption that the server does not have", async () => {
    expect(await faultOfOpening(`${url}?sslmode=verify-full`)).toMatch(/SSL.*correct sslmode/);
  });

  it("in another encoding", async () => {
    url = server.createDatabase("ENCODING 'SQL_ASCII' TEMPLATE template0");
    expect(await faultOfOpening()).toMatch(/encoding SQL_ASCII; create it with ENCODING 'UTF8'/);
  });

  it("where the user may not make the schema", async () => {
    sql(`ALTER DATABASE ${database()} OWNER TO admin`);
    expect(await faultOfOpening()).toMatch(/make the user the owner of the database/);
  });

  it("whose schema is another program's", async () => {
    sql("CREATE SCHEMA verona AUTHORIZATION verona; CREATE TABLE verona.schema_version (version int)");
    expect(await faultOfOpening()).toMatch(/belongs to another program; use another database/);
  });

  it("of a newer version, naming both", async () => {
    await (await PostgresStore.open(url)).close();
    sql(`INSERT INTO verona.schema_version (version) VALUES (${SCHEMA_VERSION + 1})`);
    expect(await faultOfOpening()).toContain(
      `was written by a newer version (schema version ${SCHEMA_VERSION + 1}, this version knows ${SCHEMA_VERSION}): upgrade`,
    );
  });

  it("while another one writes to it, and not afterwards", async () => {
    const first = await PostgresStore.open(url);
    expect(await faultOfOpening()).toMatch(/another Verona uses the database .* stop it/);
    await first.close();
    await open();
  });
});

describe("migrations in PostgreSQL", () => {
  const steps = ["CREATE TABLE verona.one (a int)", "CREATE TABLE verona.two (a int)"];
  const functions = "CREATE FUNCTION verona.commit_entries() RETURNS int LANGUAGE sql AS 'SELECT 1'";

  it("run once, and one that fails is undone as a whole", async () => {
    const client = new pg.Client({ connectionString: url });
    await client.connect();
    cleanUp.push(() => client.end());
    await migrate(client, url, steps.slice(0, 1), functions);
    await migrate(client, url, steps, functions);
    await migrate(client, url, steps, functions);
    const wrong = migrate(client, url, [...steps, "CREATE TABLE verona.three (a int); nonsense"], functions);
    await expect(wrong).rejects.toThrow(/nonsense/);
    expect(sql("SELECT string_agg(version::text, ' ' ORDER BY version) FROM verona.schema_version")).toBe(
      "1 2",
    );
    expect(sql("SELECT to_regclass('verona.three') IS NULL")).toBe("t");
  });

  it("leave functions to each version of the program, which replaces all that are not its own", async () => {
    const present = (): string =>
      sql(
        "SELECT string_agg(oid::text, ' ' ORDER BY oid) FROM pg_proc WHERE pronamespace = 'verona'::regnamespace",
      );
    const reopen = async (): Promise<void> => (await PostgresStore.open(url)).close();
    await reopen();
    const first = present();
    await reopen();
    expect(present()).toBe(first);
    // Functions as another version of the program leaves them, with the same tables.
    sql(`DROP FUNCTION verona.change_room; CREATE FUNCTION verona.change_room(gone bigint) RETURNS int RETURN 1;
      COMMENT ON FUNCTION verona.commit_entries IS 'SHA-256 of all functions: another'`);
    const store = await open();
    await store.commit([{ kind: "room-stored", room }, archived("coven", message(1))]);
    expect(await store.latestDiscussion("coven", 1)).toEqual([message(1)]);
    expect(present().split(" ")).toHaveLength(first.split(" ").length);
  });
});

describe("a PostgreSQL database that goes away", () => {
  /** Commits messages one after the other until `stop`, and collects the stanza-ids of the acknowledged ones. */
  function stream(store: PostgresStore) {
    const acknowledged: string[] = [];
    let stopped = false;
    const running = (async () => {
      for (let number = 1; !stopped; number++) {
        await store.commit([archived("coven", message(number))]);
        acknowledged.push(`s${number}`);
      }
    })();
    return {
      acknowledged,
      async stop(): Promise<void> {
        stopped = true;
        await running;
      },
    };
  }

  /** Waits until thirty more commits are acknowledged. */
  async function more(acknowledged: readonly string[]): Promise<void> {
    const goal = acknowledged.length + 30;
    await expect.poll(() => acknowledged.length).toBeGreaterThan(goal);
    await server.ready();
  }

  const kept = (): string[] => sql("SELECT stanza_id FROM verona.message ORDER BY position").split("\n");
  const backendOfWriter = (): string => sql("SELECT pid FROM pg_locks WHERE locktype = 'advisory'");

  it.each([
    [
      "whose writing process is killed",
      async () => {
        process.kill(Number(backendOfWriter()), "SIGKILL");
      },
    ],
    [
      "that is killed as a whole",
      async () => {
        await server.kill();
        await server.start();
      },
    ],
    [
      "that restarts",
      async () => {
        await server.end();
        await server.start();
      },
    ],
    [
      "whose administrator ends the session",
      async () => {
        sql(`SELECT pg_terminate_backend(${backendOfWriter()})`);
      },
    ],
  ])("%s, in the middle of commits, has each of them once, in order", async (_what, strike) => {
    const store = await open();
    await store.commit([{ kind: "room-stored", room }]);
    const commits = stream(store);
    for (let round = 1; round <= 3; round++) {
      await more(commits.acknowledged);
      await strike();
    }
    await more(commits.acknowledged);
    await commits.stop();
    expect(kept()).toEqual(commits.acknowledged);
  });

  it("takes a commit whose answer is lost once, and whose request is lost too", async () => {
    const { port } = new URL(url);
    let lose: "nothing" | "request" | "answer" = "nothing";
    const proxy = await listenOnLoopback((socket) => {
      const onward = connect(Number(port), "127.0.0.1");
      const end = (): void => {
        socket.destroy();
        onward.destroy();
      };
      for (const side of [socket, onward]) side.on("error", end).on("close", end);
      socket.on("data", (data) => (lose === "request" ? end() : onward.write(data)));
      onward.on("data", (data) => (lose === "answer" ? end() : socket.write(data)));
    });
    cleanUp.push(() => proxy.close());
    const store = await open(changed("port", String(proxy.port)));
    await store.commit([{ kind: "room-stored", room }]);
    for (const [number, what] of (["answer", "request", "answer"] as const).entries()) {
      lose = what;
      const committed = store.commit([archived("coven", message(number + 1))]);
      await expect.poll(() => logged.length).toBeGreaterThan(2 * number);
      lose = "nothing";
      await committed;
    }
    expect(kept()).toEqual(["s1", "s2", "s3"]);
  });

  it("is told once in the log, and once when it is back; reads give up meanwhile", async () => {
    const store = await open();
    await store.commit([{ kind: "room-stored", room }]);
    await server.kill();
    // The server's process for this connection exits a moment later.
    await expect.poll(() => logged.length).toBe(1);
    const pending = store.commit([archived("coven", message(1))]);
    await expect(store.loadRoom("coven")).rejects.toThrow(
      /^cannot read the database .*nothing listens there/,
    );
    await server.start();
    await pending;
    expect(logged.map(({ level }) => level)).toEqual([50, 30]);
    expect(logged[0]?.msg).toMatch(
      /^cannot write the database .*: nothing listens there; .*; output waits until it is back$/,
    );
    expect(logged[1]?.msg).toBe("the database is back");
    expect(await store.loadRoom("coven")).toEqual(room);
    expect(kept()).toEqual(["s1"]);
  });

  it("is told in one line where the connection alone is lost", async () => {
    const store = await open();
    process.kill(Number(backendOfWriter()), "SIGTERM");
    await expect.poll(() => logged.map(({ msg }) => msg)).toEqual(["reconnected to the database"]);
    await store.commit([{ kind: "room-stored", room }]);
    expect(logged).toHaveLength(1);
  });

  it("is waited for at the start, with a log", async () => {
    await server.end();
    const opening = open();
    await expect
      .poll(() => logged.map(({ msg }) => msg))
      .toEqual([
        expect.stringMatching(/^cannot open the database .*: nothing listens.*; Verona waits for it$/),
      ]);
    await server.start();
    expect(await (await opening).countRooms()).toBe(0);
    expect(logged.at(-1)).toMatchObject({ level: 30, msg: "the database is available" });
  });

  it("is lost to another one that writes meanwhile", async () => {
    const store = await open();
    const other = new pg.Client({ connectionString: url });
    await other.connect();
    cleanUp.push(() => other.end());
    const waiting = other.query(`SELECT pg_advisory_lock(${0x5665726f})`);
    const isNext = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted";
    await expect.poll(() => sql(isNext)).toBe("1");
    sql(`SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND granted`);
    await waiting;
    await expect(store.commit([{ kind: "room-stored", room }])).rejects.toThrow(/another Verona uses/);
    expect(sql("SELECT count(*) FROM verona.room")).toBe("0");
  });

  it("and lacks what was kept when it is back is refused", async () => {
    const store = await open();
    await store.commit([{ kind: "room-stored", room }]);
    sql("UPDATE verona.last_commit SET id = 'of a backup'");
    const late = store.commit([archived("coven", message(1))]);
    await expect(late).rejects.toThrow(/not the expected one.*restart Verona/);
    expect(sql("SELECT count(*) FROM verona.message")).toBe("0");
  });
});

describe("a commit to PostgreSQL", () => {
  it("is repeated, also without a log, when the database has undone it because it waited in a circle", async () => {
    const store = await PostgresStore.open(url);
    const other = new pg.Client(url);
    cleanUp.push(
      () => store.close(),
      () => other.end(),
    );
    await other.connect();
    await other.query("BEGIN; UPDATE verona.room_count SET rooms = rooms");
    const committed = store.commit([{ kind: "room-stored", room }]);
    // The one that has waited longer is undone.
    await expect.poll(() => sql("SELECT count(*) FROM pg_locks WHERE NOT granted")).toBe("1");
    await other.query("UPDATE verona.last_commit SET id = id");
    await other.query("COMMIT");
    await committed;
    expect(await store.countRooms()).toBe(1);
  });

  it("keeps texts that PostgreSQL would refuse, without what it refuses", async () => {
    const store = await open();
    const odd: JournalEntry = archived(
      "coven",
      message(1, { payload: "<body>a\0b\ud800c\\u0000</body>", text: "a\0b" }),
    );
    await store.commit([{ kind: "room-stored", room }, odd]);
    const [found] = await store.latestDiscussion("coven", 1);
    expect([found?.payload, found?.text]).toEqual(["<body>a\ufffdb\ufffdc\\u0000</body>", "a\ufffdb"]);
  });
});
