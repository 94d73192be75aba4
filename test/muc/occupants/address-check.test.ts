// Occupants whose address the server may not deliver (XEP-0045 section 17.1, RFC 3920 section 3.4).
import { describe, expect, it } from "vitest";
import { PingSchedule } from "../../../src/muc/service/ping-schedule.ts";
import type { Element } from "../../../src/xmpp/element.ts";
import { NS } from "../../../src/xmpp/namespaces.ts";
import {
  brief,
  Driver,
  errorOf,
  MEMBER,
  OTHER,
  OWNER,
  openRoom,
  ROOM,
  sentTo,
} from "../../support/room-driver.ts";

const MINUTE = 60_000;
const NICK = "🤷";
const ADDRESS = `${ROOM}/${NICK}`;

/** Returns a restarted service with a room in which MEMBER has the nickname. */
function restarted(nick = NICK) {
  const before = openRoom({ "muc#roomconfig_persistentroom": "1" });
  before.join(MEMBER, nick);
  const record = before.registry.get("coven")?.record();
  if (!record) throw new Error("there is no room");
  const driver = new Driver({ records: [record] });
  const schedule = new PingSchedule(driver.registry, { pingAfter: 0, pingTimeout: 15 * MINUTE });
  const after = (minutes: number): Element[] => {
    driver.now += minutes * MINUTE;
    return driver.written(schedule.step());
  };
  return { driver, after };
}

const isInside = (driver: Driver, nick = NICK) => driver.registry.get("coven")?.occupants.has(nick);
const refusal = (condition: string) => `<error type="modify"><${condition} xmlns="${NS.stanzas}"/></error>`;
const bounce = (driver: Driver, from: string) =>
  driver.send(from, `<presence type="error" to="${ADDRESS}">${refusal("bad-request")}</presence>`);

describe("a stored nickname that not all servers deliver", () => {
  it("is checked once, by a message from the occupant's address to the room", () => {
    const { after } = restarted();
    const sent = after(0);
    expect(sent.map(({ attrs }) => [attrs.from, attrs.to])).toEqual([[ADDRESS, ROOM]]);
    expect(after(1)).toEqual([]);
  });

  it("is confirmed if the message comes back, even with the nickname in another spelling", () => {
    const { driver, after } = restarted("ﬁona");
    const id = after(0)[0]?.attrs.id;
    expect(driver.send(`${ROOM}/fiona`, `<message id="${id}" to="${ROOM}"/>`)).toEqual([]);
    expect(after(16)).toEqual([]);
    expect(isInside(driver, "ﬁona")).toBe(true);
  });

  it("is removed if an error comes back; the client gets 333, and an error from the room itself", () => {
    const { driver, after } = restarted();
    const id = after(0)[0]?.attrs.id;
    const sent = driver.send(
      ROOM,
      `<message type="error" id="${id}" to="${ADDRESS}">${refusal("bad-request")}</message>`,
    );
    expect(sentTo(sent, MEMBER).map(brief)[0]).toBe(
      `presence unavailable ${NICK} > hag66 none/none jid 333,110`,
    );
    // Presence to the others would bounce, as if they were gone.
    expect(sentTo(sent, OWNER)).toEqual([]);
    const error = sentTo(sent, MEMBER).at(-1);
    expect([error?.attrs.from, errorOf(error)]).toEqual([ROOM, "modify/jid-malformed"]);
    expect(isInside(driver)).toBe(false);
  });

  it("is removed if nothing comes back in time", () => {
    const { driver, after } = restarted();
    after(0);
    after(14);
    expect(isInside(driver)).toBe(true);
    after(1);
    expect(isInside(driver)).toBe(false);
  });

  it("is checked when its presence to another occupant bounces, who is not removed", () => {
    const { driver } = restarted();
    const sent = bounce(driver, OWNER);
    expect(sent.map(({ attrs }) => [attrs.from, attrs.to])).toEqual([[ADDRESS, ROOM]]);
    expect(bounce(driver, OWNER)).toEqual([]);
    expect(driver.registry.get("coven")?.sessions.has(OWNER)).toBe(true);
  });

  it("is confirmed once its client has sent presence to it (7.2.1)", () => {
    const { driver, after } = restarted();
    driver.join(MEMBER, NICK);
    expect(after(0)).toEqual([]);
    bounce(driver, OTHER);
    expect(isInside(driver)).toBe(true);
  });

  it("is not removed by an error from another sender", () => {
    const { driver, after } = restarted();
    const id = after(0)[0]?.attrs.id;
    driver.send(
      OWNER,
      `<message type="error" id="${id}" to="${ADDRESS}">${refusal("bad-request")}</message>`,
    );
    driver.send(
      `heath@chat.example`,
      `<message type="error" id="${id}" to="${ADDRESS}">${refusal("bad-request")}</message>`,
    );
    expect(isInside(driver)).toBe(true);
  });
});

it("other nicknames, and nicknames that a client requests, are not checked", () => {
  expect(restarted("thirdwitch").after(0)).toEqual([]);
  expect(
    openRoom()
      .join(MEMBER, NICK)
      .filter((stanza) => stanza.attrs.to === ROOM),
  ).toEqual([]);
});
