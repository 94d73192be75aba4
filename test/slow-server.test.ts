// The whole service behind a server that stops reading for a while.
import { afterEach, describe, expect, test, vi } from "vitest";
import type { RunningService } from "../src/service.ts";
import type { FakeServer } from "./connection/fake-server.ts";
import { eventually } from "./support/eventually.ts";
import { figuresOf, type LogLine, metricsOf, startObserved } from "./support/observed-service.ts";

const OCCUPANTS = 30;
const BODY = "x".repeat(5_000);
const guests = Array.from({ length: OCCUPANTS }, (_, seat) => `guest${seat}@a.example/client`);

let server: FakeServer;
let service: RunningService;
let isStopped: boolean;
let log: LogLine[];

/** Starts the service. `outboxBytes` is below the minimum for operators, so that tests are small. */
async function start(outboxBytes: number): Promise<void> {
  isStopped = false;
  ({ server, service, log } = await startObserved("memory:", outboxBytes));
  await fillRooms();
}
afterEach(async () => {
  if (!isStopped) await service.stop();
  await server.close();
});

const write = (text: string) => server.sockets.at(-1)?.write(text);
const enter = (jid: string, room: string) =>
  `<presence from="${jid}" to="${room}@chat.example/${jid.split("@")[0]}"><x xmlns="http://jabber.org/protocol/muc"/></presence>`;
const say = (id: string, room: string, body = BODY) =>
  `<message from="${guests[0]}" to="${room}@chat.example" type="groupchat" id="${id}"><body>${body}</body></message>`;
const told = (message: RegExp) => log.filter(({ msg }) => message.test(msg));
/** Returns the current metrics of the service, by name and label. */
async function figures(): Promise<Record<string, number>> {
  const text = await metricsOf(log);
  expect(text).not.toMatch(/guest|giant|example/);
  return figuresOf(text);
}
/** Resolves when the service has read everything that was written before. */
async function readByService(): Promise<void> {
  const before = told(/without usable addresses/).length;
  write("<message/>");
  await eventually(() => expect(told(/without usable addresses/)).toHaveLength(before + 1));
}
/** Adds output until the operating system accepts no more for the server, and much output waits. */
async function untilStuck(add: () => void): Promise<void> {
  for (let before = 0; ; ) {
    add();
    await readByService();
    const now = await figures();
    const waiting = (stage: string): number => now[`verona_outbox_bytes{stage="${stage}"}`] ?? 0;
    const socket = waiting("socket");
    if (waiting("turn") > 1_000_000 && socket > 1_000_000 && socket === before) return;
    before = socket;
  }
}
/**
 * Adds output, followed by a marker, until the service stops reading. Then adds more than one read takes. The required
 * amount depends on how much the operating system accepts meanwhile. Returns the number of markers.
 */
async function untilPaused(add: (count: number) => void): Promise<number> {
  const isPaused = () => told(/reading from the server is paused/).length > 0;
  let marks = 0;
  const addMarked = (count: number): void => {
    add(count);
    write("<message/>");
    marks += 1;
  };
  while (!isPaused()) {
    addMarked(250);
    await eventually(() =>
      expect(isPaused() || told(/without usable addresses/).length === marks).toBe(true),
    );
  }
  addMarked(25);
  return marks;
}
/** Returns the ids of a room's messages by recipient, in order. */
function delivered(room: string): Map<string, string[]> {
  const heard = new Map<string, string[]>();
  const copies = server.received.matchAll(
    new RegExp(`<message type="groupchat" from="${room}@chat.example/guest0" id="([^"]*)" to="([^"]*)"`, "g"),
  );
  for (const [, id = "", to = ""] of copies) heard.set(to, [...(heard.get(to) ?? []), id]);
  return heard;
}
const refusedIds = () =>
  [...server.received.matchAll(/<message (?=[^>]*type="error")[^>]*id="([^"]*)"[^>]*>(.*?)<\/message>/g)].map(
    ([, id = "", content = ""]) => {
      expect(content).toMatch(/^<error type="wait"[^>]*><resource-constraint xmlns="[^"]*"\/><text /);
      return id;
    },
  );

async function fillRooms(): Promise<void> {
  write(guests.map((jid) => enter(jid, "giant")).join(""));
  write(
    guests
      .slice(0, 2)
      .map((jid) => enter(jid, "small"))
      .join(""),
  );
  for (const room of ["giant", "small"])
    write(
      `<iq type="set" id="i" from="${guests[0]}" to="${room}@chat.example"><query xmlns="http://jabber.org/protocol/muc#owner"><x xmlns="jabber:x:data" type="submit"/></query></iq>`,
    );
  write(guests.map((jid) => enter(jid, "giant")).join(""));
  write(
    guests
      .slice(0, 2)
      .map((jid) => enter(jid, "small"))
      .join(""),
  );
  write(say("ready", "giant", "ready"));
  await eventually(() => expect(delivered("giant").size).toBe(OCCUPANTS));
}

describe("behind a server that reads nothing for a while", () => {
  test("the busiest room refuses (RFC 6120 8.3.3.18), a small one goes on; what was taken on is told to all, once and in order", async () => {
    await start(2_000_000);
    server.sockets.at(-1)?.pause();
    const ids: string[] = [];
    await untilStuck(() => {
      for (let n = 0; n < 40; n += 1) {
        ids.push(`m${ids.length}`);
        write(say(`m${ids.length - 1}`, "giant"));
      }
    });
    for (let n = 0; n < 5; n += 1) write(say(`s${n}`, "small", "hail"));
    write(enter("late@a.example/client", "giant"));
    await readByService();
    server.sockets.at(-1)?.resume();
    await eventually(() => expect(told(/accept stanzas again/)).toHaveLength(told(/refusing joins/).length));
    write(say("last", "giant", "last"));
    await eventually(() => expect(delivered("giant").get(guests.at(-1) ?? "")).toContain("last"));

    const refused = refusedIds();
    expect(refused.length).toBeGreaterThan(10);
    const accepted = ["ready", ...ids.filter((id) => !refused.includes(id)), "last"];
    expect(accepted.length).toBeGreaterThan(10);
    expect([...delivered("giant").values()]).toEqual(guests.map(() => accepted));
    const ofSmall = ["s0", "s1", "s2", "s3", "s4"];
    expect([...delivered("small").values()]).toEqual([ofSmall, ofSmall]);
    expect(server.received).toMatch(
      /<presence type="error" [^>]*to="late@a.example\/client"[^>]*>.*?<error type="wait"[^>]*><resource-constraint /,
    );
    const busiest = told(/refusing stanzas/).map((line) => line.busiest?.[0]?.room);
    expect(new Set(busiest)).toEqual(new Set(["giant"]));
    const counted = told(/accept stanzas again/).reduce((sum, line) => sum + (line.refused ?? 0), 0);
    expect(counted).toBe(refused.length + 1);
    expect(await figures()).toMatchObject({
      verona_refused_stanzas_total: counted,
      verona_outbox_memory_bytes: 0,
      'verona_outbox_bytes{stage="commit"}': 0,
      'verona_outbox_bytes{stage="turn"}': 0,
      'verona_outbox_bytes{stage="socket"}': 0,
    });
  });

  test("who leaves is told so, and not of those who went before (XEP-0045 7.14); who stays is told of all", async () => {
    await start(1_000_000_000);
    server.sockets.at(-1)?.pause();
    const ids = ["ready"];
    await untilStuck(() => {
      for (let n = 0; n < 40; n += 1) {
        write(say(`m${ids.length}`, "giant"));
        ids.push(`m${ids.length}`);
      }
    });
    const late = "late@a.example/client";
    write(enter(late, "giant"));
    const leaving = [...guests.slice(1), late];
    const nickOf = (jid: string) => String(jid.split("@")[0]);
    for (const jid of leaving)
      write(`<presence type="unavailable" from="${jid}" to="giant@chat.example/${nickOf(jid)}"/>`);
    // Much output waits behind the departures too, so they are written late.
    for (let n = 0; n < 400; n += 1) write(say(`after${n}`, "giant", BODY.repeat(20)));
    await readByService();
    server.sockets.at(-1)?.resume();
    write(say("last", "giant", "last"));
    // Seldom and at the end only, because each look copies all output, and a search of it would block the service.
    await vi.waitFor(() => expect(server.received.slice(-10_000)).toContain('id="last"'), {
      timeout: 100_000,
      interval: 1_000,
    });
    expect(delivered("giant").get(String(guests[0]))).toContain("last");

    const presences = [
      ...server.received.matchAll(
        /<presence from="giant@chat.example\/(\w+)"( type="unavailable")? to="([^"]*)"(.*?)<\/presence>/g,
      ),
    ].map(([, nick, type, to, content]) => ({ nick, type, to, isOwn: content?.includes('code="110"') }));
    const departures = presences.filter(({ type }) => type !== undefined);
    expect(departures.filter(({ to }) => to === guests[0]).map(({ nick }) => nick)).toEqual(
      leaving.map(nickOf),
    );
    expect(departures.filter(({ to }) => to !== guests[0])).toMatchObject(
      leaving.map((jid) => ({ nick: nickOf(jid), to: jid, isOwn: true })),
    );
    // An occupant that entered and left again does not get the presence of the others.
    expect(presences.filter(({ to, type }) => to === late && !type)).toMatchObject([{ nick: "late" }]);
    // Messages sent before the departures still reach the users who were occupants then.
    for (const jid of guests.slice(1)) expect(delivered("giant").get(jid)).toEqual(ids);
  });

  test("nothing more is read when what cannot be refused takes too much memory; all of it is told in the end", async () => {
    await start(500_000);
    server.sockets.at(-1)?.pause();
    const states: string[] = [];
    const marks = await untilPaused((count) => {
      for (let n = 0; n < count; n += 1) {
        const state = `state ${states.length} `;
        states.push(state);
        // Each presence has a new nickname: a new status alone would replace a waiting one.
        write(
          `<presence from="${guests[0]}" to="giant@chat.example/guest0-${states.length}"><status>${state}${BODY}</status></presence>`,
        );
      }
    });
    expect(told(/without usable addresses/).length).toBeLessThan(marks);
    server.sockets.at(-1)?.resume();
    await eventually(() => expect(told(/without usable addresses/)).toHaveLength(marks));
    // Only the end is searched, because a search of all output would block the service.
    const latest = () =>
      server.received.slice(-2 * OCCUPANTS * BODY.length).split(`<status>${states.at(-1)}`);
    await eventually(() => expect(latest()).toHaveLength(OCCUPANTS + 1));
    for (const guest of guests) {
      const copies = server.received.matchAll(new RegExp(`to="${guest}"><status>(state \\d+ )`, "g"));
      expect(Array.from(copies, ([, state]) => state)).toEqual(states);
    }
    expect(told(/reading from the server is resumed/).length).toBe(
      told(/reading from the server is paused/).length,
    );
    const { verona_reading_pauses_total: pauses, verona_reading_paused_seconds_total: seconds } =
      await figures();
    expect(pauses).toBe(told(/reading from the server is paused/).length);
    expect(seconds).toBeGreaterThan(0);
  });

  test("a stop gives up what the server does not take, and ends", async () => {
    await start(16_000_000);
    server.sockets.at(-1)?.pause();
    for (let n = 0; n < 200; n += 1) write(say(`m${n}`, "giant"));
    await readByService();
    isStopped = true;
    await service.stop();
    expect(told(/discarding unsent output/)).toHaveLength(1);
  });
});
