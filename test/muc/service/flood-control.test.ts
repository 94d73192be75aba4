import { describe, expect, test } from "vitest";
import { NS } from "../../../src/xmpp/namespaces.ts";
import { Driver, errorOf, MEMBER, OWNER, ROOM, sentTo } from "../../support/room-driver.ts";

const flood = { messagesPerMinute: 3, presencePerMinute: 3, requestsPerMinute: 3 };
const TOO_MUCH = "wait/policy-violation";

/** Returns a room with OWNER and MEMBER, a minute after their joins. */
function room(admins: string[] = []): Driver {
  const driver = new Driver({ flood, admins });
  driver.join(OWNER, "firstwitch");
  driver.configure(OWNER);
  driver.join(MEMBER, "thirdwitch");
  driver.now += 60_000;
  return driver;
}

const bare = (jid: string): string => jid.split("/")[0] ?? jid;
const present = (content: string, nick = "thirdwitch", to = ROOM) =>
  `<presence to="${to}/${nick}">${content}</presence>`;
const ask = (to: string) => `<iq type="get" id="v" to="${to}"><query xmlns="jabber:iq:version"/></iq>`;
const KINDS: [what: string, send: (driver: Driver, from: string, n: number) => ReturnType<Driver["send"]>][] =
  [
    ["messages", (driver, from) => driver.say(from, "hail")],
    [
      "private messages",
      (driver, from) =>
        driver.send(from, `<message type="chat" id="p" to="${ROOM}/firstwitch"><body>x</body></message>`),
    ],
    ["changes of status (7.7)", (driver, from, n) => driver.send(from, present(`<status>${n}</status>`))],
    ["new nicknames (7.6)", (driver, from, n) => driver.send(from, present("", `hag${n}`))],
    [
      "refused joins (7.2)",
      (driver, from) => driver.send(from, present(`<x xmlns="${NS.muc}"/>`, "firstwitch")),
    ],
    ["requests to an occupant (17.4)", (driver, from) => driver.send(from, ask(`${ROOM}/firstwitch`))],
    ["requests to the room", (driver, from) => driver.send(from, ask(ROOM))],
  ];

describe("one user's stanzas within a minute (RFC 6120 8.3.3.12)", () => {
  test.each(KINDS)(
    "are limited: %s; only the sender gets an error for a stanza beyond the limit",
    (_, send) => {
      const driver = room();
      for (const n of [1, 2, 3]) expect(send(driver, MEMBER, n).map(errorOf)).not.toContain(TOO_MUCH);
      const refused = send(driver, MEMBER, 4);
      expect(refused.map(errorOf)).toEqual([TOO_MUCH]);
      expect(sentTo(refused, MEMBER)).toHaveLength(1);
      driver.now += 60_000;
      expect(send(driver, MEMBER, 5).map(errorOf)).not.toContain(TOO_MUCH);
    },
  );

  test.each(KINDS)("are limited for each user: %s", (_, send) => {
    const driver = room();
    const phone = `${bare(MEMBER)}/phone`;
    for (const n of [1, 2, 3, 4]) send(driver, MEMBER, n);
    expect(send(driver, phone, 5).map(errorOf)).toEqual([TOO_MUCH]);
    expect(send(driver, OWNER, 6).map(errorOf)).not.toContain(TOO_MUCH);
  });

  test("are limited in each room separately", () => {
    const driver = room();
    for (const _ of [1, 2, 3]) driver.send(MEMBER, present(""));
    expect(errorOf(driver.send(MEMBER, present(""))[0])).toBe(TOO_MUCH);
    const other = "heath@chat.example";
    expect(errorOf(driver.send(MEMBER, present(`<x xmlns="${NS.muc}"/>`, "hag", other))[0])).toBeUndefined();
  });

  test("do not prevent leaving", () => {
    const driver = room();
    for (const _ of [1, 2, 3, 4]) driver.send(MEMBER, present(""));
    driver.leave(MEMBER, "thirdwitch");
    expect(driver.registry.get("coven")?.sessions.has(MEMBER)).toBe(false);
  });

  test("are not limited for service administrators", () => {
    const driver = room([bare(OWNER)]);
    for (const _ of [1, 2, 3, 4, 5]) expect(driver.say(OWNER, "hail").map(errorOf)).not.toContain(TOO_MUCH);
  });
});
