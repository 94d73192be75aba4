// The whole service while its PostgreSQL is away or does not answer, many rooms are busy, and the server reads slowly.
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { type RunningPostgres, startPostgres } from "../dev/servers/postgres.ts";
import type { RunningService } from "../src/service.ts";
import type { FakeServer } from "./connection/fake-server.ts";
import { eventually } from "./support/eventually.ts";
import { figuresOf, type LogLine, metricsOf, startObserved } from "./support/observed-service.ts";

/** The rooms, and their numbers of occupants. */
const BUSY = { giant: 30, hall: 12, yard: 8 };
const QUIET = { den: 2, nook: 2, loft: 3 };
const ROOMS = { ...BUSY, ...QUIET };
const BODY = "x".repeat(5_000);
/** Output bound in bytes. It is below the minimum for operators, so that the tests reach it with little output. */
const OUTBOX_BYTES = 2_000_000;
const MEMORY = 2 * OUTBOX_BYTES;
/** Maximum memory that one read of the socket adds before reading pauses: elements take more than their texts. */
const ONE_READING = 2_000_000;

let database: RunningPostgres;
let storage: string;
let server: FakeServer;
let service: RunningService;
let isStopped: boolean;
let log: LogLine[];
beforeAll(async () => {
  database = await startPostgres();
});
afterAll(() => database?.stop());
afterEach(async () => {
  database.resume();
  if (!isStopped) await service.stop();
  await server.close();
});

const guest = (room: string, seat: number): string => `guest${seat}@${room}.example/client`;
const guests = (room: keyof typeof ROOMS) =>
  Array.from({ length: ROOMS[room] }, (_, seat) => guest(room, seat));
const names = (rooms: object) => Object.keys(rooms) as (keyof typeof ROOMS)[];
const write = (text: string) => server.sockets.at(-1)?.write(text);
const enter = (room: string, seat: number) =>
  `<presence from="${guest(room, seat)}" to="${room}@chat.example/guest${seat}"><x xmlns="http://jabber.org/protocol/muc"><history maxstanzas="0"/></x></presence>`;
const say = (room: string, id: string, body = BODY) =>
  `<message from="${guest(room, 0)}" to="${room}@chat.example" type="groupchat" id="${id}"><body>${body}</body></message>`;
const ask = (room: string, id: string, type: string, query: string, seat = 1) =>
  `<iq from="${guest(room, seat)}" to="${room}@chat.example" type="${type}" id="${id}">${query}</iq>`;
const INFO = '<query xmlns="http://jabber.org/protocol/disco#info"/>';
const ARCHIVE = '<query xmlns="urn:xmpp:mam:2"/>';
const told = (message: RegExp) => log.filter(({ msg }) => message.test(msg));

/** Starts the service with a new database, and fills the rooms. */
async function start(): Promise<void> {
  storage = database.createDatabase();
  await startAgain();
  for (const room of names(ROOMS)) {
    write(enter(room, 0));
    const form = '<x xmlns="jabber:x:data" type="submit"/>';
    write(
      `<iq from="${guest(room, 0)}" to="${room}@chat.example" type="set" id="i"><query xmlns="http://jabber.org/protocol/muc#owner">${form}</query></iq>`,
    );
    write(
      guests(room)
        .map((_, seat) => enter(room, seat))
        .join(""),
    );
    write(say(room, "ready", "ready"));
  }
  await eventually(() => expect(names(ROOMS).map(copiesOf("ready"))).toEqual(Object.values(ROOMS)));
}

/** Starts the service with the existing database. */
async function startAgain(): Promise<void> {
  isStopped = false;
  ({ server, service, log } = await startObserved(storage, OUTBOX_BYTES));
}

/** Returns the current metrics of the service, by name and label. */
const figures = async () => figuresOf(await metricsOf(log));
/** Resolves when the service has read everything that was written before. */
async function readByService(): Promise<void> {
  const before = told(/without usable addresses/).length;
  write("<message/>");
  await eventually(() => expect(told(/without usable addresses/)).toHaveLength(before + 1));
}
/** Resolves when no output waits for any reason. */
const nothingWaits = () =>
  eventually(async () =>
    expect(await figures()).toMatchObject({
      verona_outbox_memory_bytes: 0,
      'verona_outbox_bytes{stage="commit"}': 0,
      'verona_outbox_bytes{stage="turn"}': 0,
      'verona_outbox_bytes{stage="socket"}': 0,
    }),
  );

const groupchat = (room: string, id = '[^"]*') =>
  new RegExp(`<message type="groupchat" from="${room}@chat.example/guest0" id="(${id})" to="([^"]*)"`, "g");
const copiesOf = (id: string) => (room: string) => [...server.received.matchAll(groupchat(room, id))].length;
/** Returns the ids of a room's messages, as each occupant received them. */
const delivered = (room: keyof typeof ROOMS): string[][] => {
  const copies = [...server.received.matchAll(groupchat(room))];
  return guests(room).map((jid) => copies.filter(([, , to]) => to === jid).map(([, id = ""]) => id));
};
/** Returns the ids of a room's stanzas that were refused for congestion. */
const refused = (room: string): string[] =>
  [...server.received.matchAll(/<(?:message|iq) ([^>]*type="error"[^>]*)>((?:(?!<\/(?:message|iq)>).)*)/g)]
    .filter(
      ([, head, content]) => head?.includes(`from="${room}@`) && content?.includes("<resource-constraint "),
    )
    .map(([, head = "", content]) => {
      expect(content).toMatch(/<error type="wait"[^>]*><resource-constraint xmlns="[^"]*"\/><text /);
      return /\bid="([^"]*)"/.exec(head)?.[1] ?? "";
    });
const answersTo = (id: string) => [...server.received.matchAll(new RegExp(`<iq [^>]*id="${id}"[^>]*>`, "g"))];
const sql = (text: string): string => database.sql(text, new URL(storage).pathname.slice(1));
/** Returns the number of stored messages of each room. */
const kept = (): Record<string, number> =>
  Object.fromEntries(
    sql("SELECT node, count(*) FROM verona.message JOIN verona.room ON room.id = message.room GROUP BY node")
      .split("\n")
      .map((line) => line.split("|"))
      .map(([node = "", count]) => [node, Number(count)]),
  );
/** Makes the server read again, but little at a time. */
function readSlowly(): void {
  const socket = server.sockets.at(-1);
  socket?.on("data", () => {
    socket.pause();
    setTimeout(() => socket.resume(), 2);
  });
  socket?.resume();
}

describe("while PostgreSQL is away for long and the server reads slowly", () => {
  test("what waits is bounded: busy rooms refuse (RFC 6120 8.3.3.18), quiet ones and queries go on when it is back; each message is told once, in order, and kept", async () => {
    await start();
    server.sockets.at(-1)?.pause();
    await database.kill();
    await eventually(() => expect(told(/output waits until it is back/)).toHaveLength(1));
    const said = new Map(names(ROOMS).map((room) => [room, ["ready"]]));
    const speak = (room: keyof typeof ROOMS, body?: string): void => {
      const id = `${room}${said.get(room)?.length}`;
      said.get(room)?.push(id);
      write(say(room, id, body));
    };
    const highest = { memory: 0, written: 0 };
    for (let round = 0; round < 40; round += 1) {
      for (const room of names(BUSY)) speak(room);
      if (round % 10 === 0) for (const room of names(QUIET)) speak(room, "hail");
      await readByService();
      const now = await figures();
      highest.memory = Math.max(highest.memory, now.verona_outbox_memory_bytes ?? 0);
      highest.written = Math.max(highest.written, now['verona_outbox_bytes{stage="commit"}'] ?? 0);
    }
    // A busy room refuses the users who caused its backlog, and nobody else.
    write(ask("giant", "archive-of-giant", "set", ARCHIVE, 0));
    write(ask("giant", "archive-for-others", "set", ARCHIVE));
    write(ask("den", "archive-of-den", "set", ARCHIVE));
    write(ask("giant", "info-of-giant", "get", INFO));
    write(ask("den", "info-of-den", "get", INFO));
    await readByService();
    const away = await figures();
    expect(away.verona_refused_stanzas_total).toBeGreaterThan(40);
    expect(away['verona_outbox_bytes{stage="commit"}']).toBeGreaterThan(OUTBOX_BYTES / 4);
    // Each room may exceed the bound by one message.
    expect(highest.written).toBeLessThan(OUTBOX_BYTES + 3 * ROOMS.giant * 6_000);
    expect(highest.memory).toBeLessThan(MEMORY);
    expect(told(/reading from the server is paused/)).toEqual([]);
    expect(new Set(told(/refusing stanzas/).map((line) => line.busiest?.[0]?.room))).toEqual(
      new Set(["giant"]),
    );

    readSlowly();
    await database.start();
    await nothingWaits();
    expect(told(/the database is back/)).toHaveLength(1);
    expect(told(/accept stanzas again/)).toHaveLength(told(/refusing stanzas/).length);
    for (const room of names(ROOMS)) speak(room, "last");
    await eventually(() =>
      expect(names(ROOMS).map((room) => copiesOf(said.get(room)?.at(-1) ?? "")(room))).toEqual(
        Object.values(ROOMS),
      ),
    );

    for (const room of names(ROOMS)) {
      const accepted = said.get(room)?.filter((id) => !refused(room).includes(id)) ?? [];
      expect(delivered(room), room).toEqual(guests(room).map(() => accepted));
      expect(kept()[room], room).toBe(accepted.length);
    }
    for (const room of names(QUIET)) expect(refused(room), room).toEqual([]);
    expect(refused("giant")).toContain("archive-of-giant");
    expect(names(BUSY).flatMap(refused)).toHaveLength(away.verona_refused_stanzas_total ?? 0);
    for (const id of ["archive-of-den", "archive-for-others", "info-of-giant", "info-of-den"])
      expect(answersTo(id), id).toEqual([expect.arrayContaining([expect.stringContaining('type="result"')])]);
    await nothingWaits();
  });
});

describe("while PostgreSQL does not answer", () => {
  test("what needs no commit is answered: pings, self-pings (XEP-0410), information (XEP-0030); what tells of what is not kept waits", async () => {
    await start();
    database.pause();
    write(say("den", "late", "late"));
    const other = "other@den.example/client";
    write(
      `<presence from="${other}" to="nook@chat.example/other"><x xmlns="http://jabber.org/protocol/muc"/></presence>`,
    );
    const get = (from: string, to: string, id: string, content: string) =>
      `<iq from="${from}" to="${to}" type="get" id="${id}">${content}</iq>`;
    const PING = '<ping xmlns="urn:xmpp:ping"/>';
    const ITEMS = '<query xmlns="http://jabber.org/protocol/disco#items"/>';
    const SEARCH =
      '<search xmlns="urn:xmpp:channel-search:0:search"><x xmlns="jabber:x:data" type="submit"><field var="FORM_TYPE"><value>urn:xmpp:channel-search:0:search-params</value></field><field var="all"><value>1</value></field></x></search>';
    const me = guest("den", 1);
    write(get(me, "chat.example", "ping", PING));
    write(get(me, "chat.example", "info", INFO));
    write(get(me, "chat.example", "items", ITEMS));
    write(get(me, "chat.example", "search", SEARCH));
    write(get(me, "den@chat.example/guest1", "self", PING));
    write(get(me, "den@chat.example", "den-info", INFO));
    write(get(guest("nook", 1), "nook@chat.example/guest1", "self-nook", PING));
    write(get(other, "nook@chat.example/other", "self-new", PING));
    write(get(guest("nook", 1), "nook@chat.example", "nook-info", INFO));
    for (const id of ["ping", "info", "self", "den-info", "self-nook"])
      await eventually(() =>
        expect(answersTo(id), id).toEqual([expect.arrayContaining([expect.stringContaining('"result"')])]),
      );
    expect(copiesOf("late")("den")).toBe(0);
    expect([answersTo("self-new"), answersTo("nook-info")]).toEqual([[], []]);
    database.resume();
    await nothingWaits();
    expect(copiesOf("late")("den")).toBe(ROOMS.den);
    // The lists are answered when the database is back, or with an error after five seconds.
    for (const id of ["self-new", "nook-info", "items", "search"])
      await eventually(() => expect(answersTo(id), id).toHaveLength(1));
  });

  test("nothing more is read when what cannot be refused takes too much memory; all of it is told when it goes on", async () => {
    await start();
    database.pause();
    server.sockets.at(-1)?.pause();
    const states = Array.from({ length: 600 }, (_, n) => `state ${n} `);
    for (const state of states)
      write(
        `<presence from="${guest("yard", 0)}" to="yard@chat.example/guest0"><status>${state}${BODY}</status></presence>`,
      );
    write("<message/>");
    await eventually(() => expect(told(/reading from the server is paused/)).toHaveLength(1));
    await eventually(() => expect(told(/does not answer; output waits until it is back/)).toHaveLength(1));
    const { verona_outbox_memory_bytes: memory } = await figures();
    // Stanzas took more memory as elements, before they were handled.
    expect(memory).toBeGreaterThan((MEMORY * 3) / 4);
    expect(memory).toBeLessThan(MEMORY + ONE_READING);
    expect(told(/without usable addresses/)).toEqual([]);
    readSlowly();
    database.resume();
    await eventually(() => expect(told(/without usable addresses/)).toHaveLength(1));
    await nothingWaits();
    const last = () => server.received.slice(-2 * ROOMS.yard * BODY.length).split("<status>state 599 ");
    await eventually(() => expect(last()).toHaveLength(ROOMS.yard + 1));
    for (const jid of guests("yard")) {
      const copies = server.received.matchAll(new RegExp(`to="${jid}"><status>(state \\d+ )`, "g"));
      expect(Array.from(copies, ([, state]) => state)).toEqual(states);
    }
    expect(told(/the database is back/)).toHaveLength(1);
    expect(told(/reading from the server is resumed/)).toHaveLength(
      told(/reading from the server is paused/).length,
    );
  });

  test("a server that closes the link meanwhile is connected to again, and told everything that was read before", async () => {
    await start();
    database.pause();
    const states = Array.from({ length: 600 }, (_, n) => `state ${n} `);
    for (const state of states)
      write(
        `<presence from="${guest("yard", 0)}" to="yard@chat.example/guest0"><status>${state}${BODY}</status></presence>`,
      );
    await eventually(() => expect(told(/reading from the server is paused/)).toHaveLength(1));
    server.sockets.at(-1)?.destroy();
    await eventually(() => expect(told(/^online$/)).toHaveLength(2));
    database.resume();
    await nothingWaits();
    write(say("yard", "last", "last"));
    await eventually(() => expect(copiesOf("last")("yard")).toBe(ROOMS.yard));
    const seen = guests("yard").map((jid) =>
      Array.from(
        server.received.matchAll(new RegExp(`to="${jid}"><status>(state \\d+ )`, "g")),
        ([, state]) => state,
      ),
    );
    const read = seen[0]?.length ?? 0;
    expect(read).toBeGreaterThan(100);
    expect(seen).toEqual(guests("yard").map(() => states.slice(0, read)));
    expect(told(/^offline$/)).toHaveLength(1);
  });

  test("a stop ends the service, also while the archive is read; nobody was told what is not kept, and it goes on at the next start", async () => {
    await start();
    database.pause();
    write(ask("den", "archive-of-den", "set", ARCHIVE));
    write(say("den", "lost", "lost"));
    await readByService();
    isStopped = true;
    await service.stop();
    expect(
      told(
        /discarding changes that are not stored yet: the database does not answer; no client has seen them/,
      ),
    ).toHaveLength(1);
    expect(copiesOf("lost")("den")).toBe(0);
    await server.close();
    database.resume();
    await eventually(() =>
      expect(sql("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'")).toBe("0"),
    );
    await startAgain();
    write(say("den", "found", "found"));
    await eventually(() => expect(copiesOf("found")("den")).toBe(ROOMS.den));
    expect(["ready", "lost"].map((id) => copiesOf(id)("den"))).toEqual([0, 0]);
  });
});
