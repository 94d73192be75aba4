import { describe, expect, test } from "vitest";
import { MAX_PRESENCE_BYTES } from "../../../src/muc/presence/presence-payload.ts";
import { childText, type Element } from "../../../src/xmpp/element.ts";
import {
  Driver,
  errorOf,
  MEMBER,
  OWNER,
  openRoom,
  ROOM,
  sentTo,
  withMember,
} from "../../support/room-driver.ts";

/** Returns a status of `bytes` bytes with its tags. */
const status = (bytes: number) => `<status>${"x".repeat(bytes - "<status></status>".length)}</status>`;
const LARGE = status(MAX_PRESENCE_BYTES + 1);
const muc = `<x xmlns="http://jabber.org/protocol/muc"/>`;
const present = (content: string) => `<presence to="${ROOM}/thirdwitch">${content}</presence>`;
const shown = (stanzas: readonly Element[]) =>
  stanzas.filter(({ attrs }) => attrs.from === `${ROOM}/thirdwitch` && attrs.to === OWNER);

describe("the payload of presence (RFC 6120 8.3.3.12)", () => {
  test("is refused over 16 KB on entering (XEP-0045 7.2)", () => {
    const driver = openRoom();
    const answers = driver.send(MEMBER, present(muc + LARGE));
    expect(answers.map(errorOf)).toEqual(["modify/policy-violation"]);
    expect(answers.join("").length).toBeLessThan(1_000);
    expect(driver.registry.get("coven")?.sessions.has(MEMBER)).toBe(false);
    expect(shown(driver.send(MEMBER, present(muc + status(MAX_PRESENCE_BYTES))))).toHaveLength(1);
  });

  test("is refused over 16 KB in an update, which then changes nothing (7.7)", () => {
    const driver = withMember();
    driver.send(MEMBER, present("<show>away</show>"));
    expect(driver.send(MEMBER, present(LARGE)).map(errorOf)).toEqual(["modify/policy-violation"]);
    const occupant = driver.registry.get("coven")?.sessions.get(MEMBER);
    expect(occupant?.sessions.get(MEMBER)?.payload).toBe("<show>away</show>");
  });

  test("is refused over 16 KB with a new nickname, which then does not change (7.6)", () => {
    const driver = withMember();
    const answers = driver.send(MEMBER, `<presence to="${ROOM}/oldhag">${LARGE}</presence>`);
    expect(answers.map(errorOf)).toEqual(["modify/policy-violation"]);
    expect(driver.registry.get("coven")?.occupants.has("thirdwitch")).toBe(true);
  });

  test("counts with the escapes that the service writes", () => {
    const driver = withMember();
    const growing = `<status>${"&lt;".repeat(MAX_PRESENCE_BYTES / 3)}</status>`;
    expect(driver.send(MEMBER, present(growing)).map(errorOf)).toEqual(["modify/policy-violation"]);
  });

  test("is left out over 16 KB on leaving (7.14)", () => {
    const leave = (content: string) =>
      `<presence type="unavailable" to="${ROOM}/thirdwitch">${content}</presence>`;
    const [received] = sentTo(withMember().send(MEMBER, leave(LARGE)), OWNER);
    expect(received?.attrs.type).toBe("unavailable");
    expect(received && childText(received, "status")).toBeUndefined();
  });

  test("is dropped if an earlier version stored a larger one", () => {
    const record = withMember().registry.get("coven")?.record();
    if (!record) throw new Error("no room");
    const sessions = record.sessions.map((session) => ({ ...session, payload: LARGE }));
    const driver = new Driver({ records: [{ ...record, sessions }] });
    const room = driver.registry.get("coven");
    expect(room?.sessions.size).toBe(2);
    expect(room?.record().sessions.map(({ payload }) => payload)).toEqual(["", ""]);
  });
});

describe("the presences of all occupants (RFC 6120 8.3.3.18)", () => {
  const large = status(MAX_PRESENCE_BYTES);
  const room = (n: number) => `room${n}@chat.example`;
  const enter = (driver: Driver, jid: string, n: number, content: string) =>
    driver.send(jid, `<presence to="${room(n)}/${jid.split("@")[0]}">${muc}${content}</presence>`);

  /** Lets users of one domain enter rooms with the largest presence until one is refused; returns how many entered. */
  function fill(driver: Driver, domain: string): number {
    for (let count = 0; ; count += 1) {
      const [answer] = enter(driver, `a${count}@${domain}/r`, count, large);
      if (errorOf(answer) === "wait/resource-constraint") return count;
    }
  }

  test("take at most 16 MB of memory per domain, over all rooms; small ones are always accepted", () => {
    const driver = new Driver({ maxRooms: 100_000 });
    expect(fill(driver, "hostile.example")).toBe(1_024);
    expect(errorOf(enter(driver, "z@hostile.example/r", 2_000, status(900))[0])).toBeUndefined();
    expect(errorOf(enter(driver, MEMBER, 2_001, large)[0])).toBeUndefined();
  });

  test("stop counting when a small one replaces them, or when the client leaves", () => {
    const driver = new Driver({ maxRooms: 100_000 });
    const { presences } = driver.registry.environment;
    enter(driver, MEMBER, 1, large);
    enter(driver, OWNER, 2, large);
    expect(presences.bytes).toBe(2 * MAX_PRESENCE_BYTES);
    driver.send(MEMBER, `<presence to="${room(1)}/hag66"/>`);
    expect(presences.bytes).toBe(MAX_PRESENCE_BYTES);
    driver.send(OWNER, `<presence to="${room(2)}/crone">${large}</presence>`);
    expect(presences.bytes).toBe(MAX_PRESENCE_BYTES);
    driver.send(OWNER, `<presence type="unavailable" to="${room(2)}/crone"/>`);
    expect(presences.bytes).toBe(0);
  });
});
