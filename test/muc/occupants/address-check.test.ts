// Occupants whose address the server may not carry (XEP-0045 section 17.1, RFC 3920 section 3.4).
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
const SEAT = `${ROOM}/${NICK}`;

/** A service that was started anew with a room in which MEMBER had such a nickname. */
function restarted(nick = NICK) {
  const before = openRoom({ "muc#roomconfig_persistentroom": "1" });
  before.join(MEMBER, nick);
  const record = before.registry.get("coven")?.record();
  if (!record) throw new Error("there is no room");
  const driver = new Driver({ records: [record] });
  const rounds = new PingSchedule(driver.registry, { pingAfter: 0, pingTimeout: 15 * MINUTE });
  const after = (minutes: number): Element[] => {
    driver.now += minutes * MINUTE;
    return driver.written(rounds.step());
  };
  return { driver, after };
}

const isInside = (driver: Driver, nick = NICK) => driver.registry.get("coven")?.occupants.has(nick);
const refusal = (condition: string) => `<error type="modify"><${condition} xmlns="${NS.stanzas}"/></error>`;
const bounce = (driver: Driver, from: string) =>
  driver.send(from, `<presence type="error" to="${SEAT}">${refusal("bad-request")}</presence>`);

describe("a nickname that was kept and that not all servers carry", () => {
  it("is tried by a message of the room to itself, once", () => {
    const { after } = restarted();
    const sent = after(0);
    expect(sent.map(({ attrs }) => [attrs.from, attrs.to])).toEqual([[SEAT, ROOM]]);
    expect(after(1)).toEqual([]);
  });

  it("stays where the message comes back, in whichever form", () => {
    const { driver, after } = restarted("ﬁona");
    const id = after(0)[0]?.attrs.id;
    expect(driver.send(`${ROOM}/fiona`, `<message id="${id}" to="${ROOM}"/>`)).toEqual([]);
    expect(after(16)).toEqual([]);
    expect(isInside(driver, "ﬁona")).toBe(true);
  });

  it("is out where an error comes back: the client hears so from the room itself (333)", () => {
    const { driver, after } = restarted();
    const id = after(0)[0]?.attrs.id;
    const sent = driver.send(
      ROOM,
      `<message type="error" id="${id}" to="${SEAT}">${refusal("bad-request")}</message>`,
    );
    expect(sentTo(sent, MEMBER).map(brief)[0]).toBe(
      `presence unavailable ${NICK} > hag66 none/none jid 333,110`,
    );
    // What cannot be delivered to them would come back as an error, as if they were gone.
    expect(sentTo(sent, OWNER)).toEqual([]);
    const told = sentTo(sent, MEMBER).at(-1);
    expect([told?.attrs.from, errorOf(told)]).toEqual([ROOM, "modify/jid-malformed"]);
    expect(isInside(driver)).toBe(false);
  });

  it("is out where nothing comes back in time", () => {
    const { driver, after } = restarted();
    after(0);
    after(14);
    expect(isInside(driver)).toBe(true);
    after(1);
    expect(isInside(driver)).toBe(false);
  });

  it("does not have those removed to whom its presence cannot be delivered", () => {
    const { driver } = restarted();
    const sent = bounce(driver, OWNER);
    expect(sent.map(({ attrs }) => [attrs.from, attrs.to])).toEqual([[SEAT, ROOM]]);
    expect(bounce(driver, OWNER)).toEqual([]);
    expect(driver.registry.get("coven")?.sessions.has(OWNER)).toBe(true);
  });

  it("is in no doubt once its client has sent it (7.2.1)", () => {
    const { driver, after } = restarted();
    driver.join(MEMBER, NICK);
    expect(after(0)).toEqual([]);
    bounce(driver, OTHER);
    expect(isInside(driver)).toBe(true);
  });

  it("is believed to no other sender", () => {
    const { driver, after } = restarted();
    const id = after(0)[0]?.attrs.id;
    driver.send(OWNER, `<message type="error" id="${id}" to="${SEAT}">${refusal("bad-request")}</message>`);
    driver.send(
      `heath@chat.example`,
      `<message type="error" id="${id}" to="${SEAT}">${refusal("bad-request")}</message>`,
    );
    expect(isInside(driver)).toBe(true);
  });
});

it("other nicknames are not tried, nor what a client asks for", () => {
  expect(restarted("thirdwitch").after(0)).toEqual([]);
  expect(
    openRoom()
      .join(MEMBER, NICK)
      .filter((stanza) => stanza.attrs.to === ROOM),
  ).toEqual([]);
});
