// A PostgreSQL database with several hosts, of which one accepts writes: a primary server and its standby.
import pino from "pino";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type RunningPostgres, startPostgres, startStandby } from "../../../dev/servers/postgres.ts";
import { connectToPrimary, endOf } from "../../../src/storage/postgres/connect.ts";
import { PostgresStore } from "../../../src/storage/postgres/store.ts";
import { archived, message, room } from "../records.ts";

let primary: RunningPostgres;
let standby: RunningPostgres;
let logged: { level: number; msg: string; host?: string }[];
let cleanUp: (() => unknown)[];
beforeEach(async () => {
  cleanUp = [];
  logged = [];
  primary = await startPostgres();
  cleanUp.push(() => primary.stop());
});
afterEach(async () => {
  for (const step of cleanUp.reverse()) await step();
});

const log = pino({}, { write: (line: string) => void logged.push(JSON.parse(line)) });

/** Makes a database, and starts a standby of its server. Returns its address with the hosts in this order of ports. */
async function addressWith(portsOf: () => readonly number[]): Promise<string> {
  const url = primary.createDatabase();
  standby = await startStandby(primary);
  cleanUp.push(() => standby.stop());
  const hosts = portsOf().map((port) => `127.0.0.1:${port}`);
  return url.replace(/@.*\//, `@${hosts.join(",")}/`);
}

describe("a PostgreSQL database with several hosts", () => {
  it("is used at the first one that is no standby, and at another one that is promoted", async () => {
    const url = await addressWith(() => [standby.port, primary.port]);
    const store = await PostgresStore.open(url, log);
    cleanUp.push(() => store.close());
    await store.commit([{ kind: "room-stored", room }]);
    expect(logged).toMatchObject([
      { host: `127.0.0.1:${primary.port}`, msg: "connected to the database's primary server" },
    ]);
    await store.loadRoom("coven"); // opens a connection for reading
    const follows = `SELECT pg_wal_lsn_diff('${primary.sql("SELECT pg_current_wal_lsn()")}', pg_last_wal_replay_lsn()) <= 0`;
    await expect.poll(() => standby.sql(follows)).toBe("t");
    await primary.kill();
    const committed = store.commit([archived("coven", message(1))]);
    await expect
      .poll(() => logged.map(({ msg }) => msg))
      .toContainEqual(
        expect.stringMatching(
          new RegExp(`${standby.port}: it is read-only .*; 127\\.0\\.0\\.1:${primary.port}: nothing listens`),
        ),
      );
    standby.sql("SELECT pg_promote()");
    await committed;
    expect(await store.latestDiscussion("coven", 2)).toEqual([message(1)]);
    expect(logged.at(-2)).toMatchObject({ host: `127.0.0.1:${standby.port}` });
    expect(logged.at(-1)?.msg).toBe("the database is back");
    expect(JSON.stringify(logged)).not.toContain("p@ss");
    expect(JSON.stringify(logged)).not.toContain("p%40ss");
  });

  it("without one that accepts writes is refused, naming each host and what is wrong there", async () => {
    const url = await addressWith(() => [standby.port, 1]);
    const target = `127.0.0.1:${standby.port},127.0.0.1:1${new URL(primary.createDatabase()).pathname.replace(/\d+$/, "1")}`;
    const refused = `cannot open the database ${target}: 127.0.0.1:${standby.port}: it is read-only at the moment (a standby server?); 127.0.0.1:1: nothing listens there`;
    await expect(PostgresStore.open(url)).rejects.toThrow(refused);
    await expect(PostgresStore.exists(url)).rejects.toThrow(refused);
  });
});

describe("a session with PostgreSQL", () => {
  const settings = async (url: string): Promise<Record<string, string>> => {
    const client = await connectToPrimary(url, {});
    cleanUp.push(() => endOf(client));
    const { rows } = await client.query(
      "SELECT name, setting FROM pg_settings WHERE name ~ '^tcp_(user|keepalives)_'",
    );
    return Object.fromEntries(rows.map(({ name, setting }) => [name, setting]));
  };

  it("lets the server notice within 15 seconds that this machine is gone", async () => {
    const url = primary.createDatabase();
    expect(await settings(url)).toEqual({
      tcp_user_timeout: "10000",
      tcp_keepalives_idle: "5",
      tcp_keepalives_interval: "5",
      tcp_keepalives_count: "2",
    });
  });

  it("over a Unix socket has none of it, and works", async () => {
    const { username, password, pathname } = new URL(primary.createDatabase());
    const query = `host=${primary.socketFolder}&port=${primary.port}`;
    const url = `postgres://${username}:${password}@${pathname}?${query}`;
    expect(await settings(url)).toMatchObject({ tcp_user_timeout: "0" });
  });

  it("is refused by a server that does not accept writes at the moment", async () => {
    const url = primary.createDatabase();
    primary.sql("ALTER ROLE verona SET default_transaction_read_only = on");
    await expect(connectToPrimary(url, {})).rejects.toThrow("it is read-only at the moment");
  });
});
