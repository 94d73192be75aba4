import { describe, expect, test } from "vitest";
import type { ServiceAccess, Standing } from "../../../src/muc/model/service-access.ts";
import { OPEN_ACCESS } from "../../../src/muc/model/service-access.ts";
import { NS } from "../../../src/xmpp/namespaces.ts";
import { Driver, type DriverOptions, errorOf, MEMBER, OWNER, ROOM } from "../../support/room-driver.ts";

const BAD = "bad@evil.example/r";
const BAD_USER = "bad@evil.example";

/** A list that changes during a test. */
class Lists implements ServiceAccess {
  version = 0;
  readonly mayPersist = OPEN_ACCESS.mayPersist;
  readonly mayPublish = OPEN_ACCESS.mayPublish;
  readonly #standings = new Map<string, Standing>();

  set(jid: string, standing: Standing): void {
    this.#standings.set(jid, standing);
    this.version += 1;
  }

  asked = 0;

  standingOf(bareJid: string): Standing {
    this.asked += 1;
    return this.#standings.get(bareJid) ?? "free";
  }
}

function started(options: DriverOptions = {}) {
  const lists = new Lists();
  const driver = new Driver({
    ...options,
    environment: { access: lists },
  });
  driver.join(OWNER, "owner");
  driver.configure(OWNER, { "muc#roomconfig_persistentroom": "1" });
  return { driver, lists };
}

const refusals = (sent: ReturnType<Driver["send"]>, to = BAD) =>
  sent.filter((stanza) => stanza.attrs.to === to && stanza.attrs.type === "error").map(errorOf);
const FORBIDDEN = ["auth/forbidden"];

describe("section 14.6 a user who may not use the service at all", () => {
  test.each([
    ["an entry", `<presence to="${ROOM}/bad"><x xmlns="${NS.muc}"/></presence>`],
    ["a message", `<message type="groupchat" to="${ROOM}"><body>x</body></message>`],
    ["a private message", `<message type="chat" to="${ROOM}/owner"><body>x</body></message>`],
    ["a request to a room", `<iq type="get" id="1" to="${ROOM}"><query xmlns="${NS.discoInfo}"/></iq>`],
    ["a request to an occupant", `<iq type="get" id="1" to="${ROOM}/owner"><ping xmlns="${NS.ping}"/></iq>`],
    [
      "a request to the service",
      `<iq type="get" id="1" to="chat.example"><query xmlns="${NS.discoInfo}"/></iq>`,
    ],
    ["a probe", `<presence type="probe" to="${ROOM}/owner"/>`],
  ])("is refused %s", (_what, xml) => {
    const { driver, lists } = started();
    lists.set(BAD_USER, "refused");
    const sent = driver.send(BAD, xml);
    expect(sent).toHaveLength(1);
    expect(refusals(sent)).toEqual(FORBIDDEN);
    expect(driver.registry.environment.refusals.all().get("blocklist")).toBe(1);
  });

  test("still leaves, and its errors and results are taken without an answer", () => {
    const { driver, lists } = started();
    driver.join(BAD, "bad");
    lists.set(BAD_USER, "refused");
    expect(driver.send(BAD, `<iq type="result" id="1" to="${ROOM}/owner"/>`)).toEqual([]);
    expect(driver.send(BAD, `<iq type="error" id="1" to="${ROOM}/owner"/>`)).toEqual([]);
    const sent = driver.send(BAD, `<presence type="unavailable" to="${ROOM}/bad"/>`);
    expect(sent.map(({ attrs }) => [attrs.to, attrs.type])).toEqual([
      [BAD, "unavailable"],
      [OWNER, "unavailable"],
    ]);
  });

  test("may still get stanzas of the service to itself through", () => {
    const { driver, lists } = started();
    lists.set(ROOM, "refused");
    const sent = driver.send(
      ROOM,
      `<iq type="get" id="1" to="chat.example"><query xmlns="${NS.discoInfo}"/></iq>`,
    );
    expect(refusals(sent, ROOM)).toEqual([]);
  });
});

describe.each(["barred", "refused", "reported"] as const)("section 9.1 a user who is %s", (standing) => {
  test("may not enter", () => {
    const { driver, lists } = started();
    lists.set(BAD_USER, standing);
    expect(refusals(driver.join(BAD, "bad"))).toEqual(FORBIDDEN);
    expect(driver.registry.environment.refusals.all().get("blocklist")).toBe(1);
  });

  test("is removed from all rooms with 301 and a reason, once", () => {
    const { driver, lists } = started();
    driver.join(BAD, "bad");
    driver.join(MEMBER, "member");
    lists.set(BAD_USER, standing);
    const sent = driver.written(driver.registry.removeListed());
    expect(sent.map(({ attrs }) => attrs.to).toSorted()).toEqual([BAD, MEMBER, OWNER].toSorted());
    for (const presence of sent) {
      const x = presence.getChild("x", NS.mucUser);
      expect(x?.getChild("item")?.attrs).toMatchObject({ affiliation: "outcast", role: "none" });
      expect(x?.getChild("item")?.getChild("reason")?.getText()).toContain("blocklist");
      expect(x?.getChildren("status").map(({ attrs }) => attrs.code)).toContain("301");
    }
    expect(driver.journal.at(-1)).toMatchObject({
      kind: "act-recorded",
      act: { kind: "kicked", by: undefined, target: BAD_USER, rule: "blocklist" },
    });
    expect(driver.written(driver.registry.removeListed())).toEqual([]);
  });

  test("is looked for once after each change", () => {
    const { driver, lists } = started();
    lists.set(BAD_USER, standing);
    driver.written(driver.registry.removeListed());
    lists.asked = 0;
    driver.written(driver.registry.removeListed());
    expect(lists.asked).toBe(0);
    lists.set(BAD_USER, "free");
    driver.written(driver.registry.removeListed());
    expect(lists.asked).toBeGreaterThan(0);
  });

  test("is found by the next timer after a restart", () => {
    const { driver, lists } = started();
    driver.join(BAD, "bad");
    const restarted = driver.restarted();
    lists.set(BAD_USER, standing);
    const sent = restarted.written(restarted.registry.passTime());
    expect(sent.map(({ attrs }) => attrs.to)).toContain(BAD);
  });

  test("is not invited, and the inviter learns nothing (section 7.8.2)", () => {
    const { driver, lists } = started();
    driver.join(MEMBER, "member");
    const invite = `<message to="${ROOM}"><x xmlns="${NS.mucUser}"><invite to="${BAD_USER}"/></x></message>`;
    expect(driver.send(MEMBER, invite).map(({ attrs }) => attrs.to)).toEqual([BAD_USER]);
    lists.set(BAD_USER, standing);
    expect(driver.send(MEMBER, invite)).toEqual([]);
  });

  test("may not register (section 7.10)", () => {
    const { driver, lists } = started({ defaults: { openRegistration: true } });
    lists.set(BAD_USER, standing);
    expect(refusals(driver.register(BAD, "bad"))).toHaveLength(1);
    expect(driver.registry.get("coven")?.affiliations.has(BAD_USER)).toBe(false);
  });
});

describe("a member of a room", () => {
  const asMember = () => {
    const given = started();
    given.driver.admin(OWNER, `<item jid="${BAD_USER}" affiliation="member"/>`);
    given.driver.join(BAD, "bad");
    return given;
  };

  test("stays and enters when a subscribed list has it: others may not take a room's users away", () => {
    const { driver, lists } = asMember();
    lists.set(BAD_USER, "reported");
    expect(driver.written(driver.registry.removeListed())).toEqual([]);
    driver.leave(BAD, "bad");
    expect(refusals(driver.join(BAD, "bad"))).toEqual([]);
  });

  test("is removed when the operator's list has it", () => {
    const { driver, lists } = asMember();
    lists.set(BAD_USER, "barred");
    expect(driver.written(driver.registry.removeListed()).map(({ attrs }) => attrs.to)).toContain(BAD);
    expect(refusals(driver.join(BAD, "bad"))).toEqual(FORBIDDEN);
  });
});

test("a new member whom the operator's list has is not invited (section 9.5)", () => {
  const { driver, lists } = started({ defaults: { membersOnly: true } });
  const add = (jid: string) =>
    driver.admin(OWNER, `<item jid="${jid}" affiliation="member"/>`).map(({ attrs }) => attrs.to);
  expect(add("good@evil.example")).toContain("good@evil.example");
  lists.set(BAD_USER, "barred");
  expect(add(BAD_USER)).not.toContain(BAD_USER);
});
