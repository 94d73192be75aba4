import { describe, expect, it } from "vitest";
import { reservedFor } from "../../../src/muc/room/nicknames.ts";
import { child } from "../../../src/xmpp/element.ts";
import { NS } from "../../../src/xmpp/namespaces.ts";
import {
  brief,
  type Driver,
  errorOf,
  MEMBER,
  OTHER,
  OWNER,
  openRoom,
  ROOM,
  sentTo,
  withThree,
} from "../../support/room-driver.ts";

const SECOND = "hag66@shakespeare.example/laptop";
const HAG = "hag66@shakespeare.example";
const HECATE = "hecate@shakespeare.example";

function withMember(fields = {}): Driver {
  const driver = openRoom(fields);
  driver.admin(OWNER, `<item affiliation="member" jid="${HAG}"/>`);
  return driver;
}

function reservedNick(driver: Driver, jid: string): string | undefined {
  const [reply] = driver.send(
    jid,
    `<iq type="get" id="nick" to="${ROOM}"><query xmlns="${NS.discoInfo}" node="x-roomuser-item"/></iq>`,
  );
  return reply?.getChild("query")?.getChild("identity")?.attrs.name;
}

describe("XEP-0045 7.10 registering with a room", () => {
  it("offers the form with the required nickname and the current registration", () => {
    const driver = withMember();
    const form = () =>
      driver.send(MEMBER, `<iq type="get" id="f" to="${ROOM}"><query xmlns="${NS.register}"/></iq>`)[0];
    const field = form()?.getChild("query")?.getChild("x", NS.dataForms)?.getChildren("field")[1];
    expect(field?.attrs).toEqual({ var: "muc#register_roomnick", type: "text-single", label: "Nickname" });
    expect(field?.getChild("required")).toBeDefined();
    driver.register(MEMBER, "thirdwitch");
    expect(form()?.getChild("query")?.getChild("registered")).toBeDefined();
    expect(form()?.getChild("query")?.getChild("username")?.getText()).toBe("thirdwitch");
  });

  it("refuses users without affiliation with registration-required, whatever they ask", () => {
    const driver = openRoom();
    expect(errorOf(driver.register(OTHER, "firstwitch")[0])).toBe("auth/registration-required");
    const [get] = driver.send(
      OTHER,
      `<iq type="get" id="f" to="${ROOM}"><query xmlns="${NS.register}"/></iq>`,
    );
    expect(errorOf(get)).toBe("auth/registration-required");
  });

  it("makes them members if the room is open to registration", () => {
    const driver = openRoom({ "verona#open_registration": "1" });
    driver.join(OTHER, "hecate");
    const sent = driver.register(OTHER, "hecate");
    expect(sentTo(sent, OWNER).map(brief)).toEqual(["presence hecate > crone1 member/participant jid"]);
    expect(driver.registry.get("coven")?.affiliationOf(HECATE)).toBe("member");
  });

  it("refuses a nickname that another member has reserved or another occupant uses with conflict", () => {
    const driver = withMember();
    driver.admin(OWNER, `<item affiliation="member" jid="${HECATE}" nick="hecate"/>`);
    expect(errorOf(driver.register(MEMBER, "hecate")[0])).toBe("cancel/conflict");
    expect(errorOf(driver.register(MEMBER, "firstwitch")[0])).toBe("cancel/conflict");
  });

  it("refuses an invalid form with bad-request and an invisible nickname with jid-malformed", () => {
    const driver = withMember();
    const [bad] = driver.send(
      MEMBER,
      `<iq type="set" id="r" to="${ROOM}"><query xmlns="${NS.register}"/></iq>`,
    );
    expect(errorOf(bad)).toBe("modify/bad-request");
    expect(errorOf(driver.register(MEMBER, " ")[0])).toBe("modify/jid-malformed");
  });

  it("is item-not-found if the room does not exist, and service-unavailable at the service's own address", () => {
    const query = `<query xmlns="${NS.register}"/>`;
    const ask = (to: string) => openRoom().send(MEMBER, `<iq type="get" id="r" to="${to}">${query}</iq>`);
    expect(ask("heath@chat.example").map(errorOf)).toEqual(["cancel/item-not-found"]);
    expect(ask("chat.example").map(errorOf)).toEqual(["cancel/service-unavailable"]);
  });

  it("renames the occupant who registers another nickname: 303, then the new one with 210", () => {
    const driver = withMember();
    driver.join(MEMBER, "hag");
    const sent = driver.register(MEMBER, "thirdwitch");
    expect(sentTo(sent, MEMBER).map(brief)).toEqual([
      "presence unavailable hag > hag66 member/participant jid nick=thirdwitch 303,110",
      "presence thirdwitch > hag66 member/participant jid 210,110",
      "presence thirdwitch > hag66 member/participant jid 110",
      "iq result @ > hag66",
    ]);
    expect(sentTo(sent, OWNER).map(brief).slice(0, 2)).toEqual([
      "presence unavailable hag > crone1 member/participant jid nick=thirdwitch 303",
      "presence thirdwitch > crone1 member/participant jid 210",
    ]);
  });

  it("renames both clients of a member who shares the nickname", () => {
    const driver = withMember();
    driver.join(MEMBER, "hag");
    driver.join(SECOND, "hag");
    driver.register(MEMBER, "thirdwitch");
    expect(driver.registry.get("coven")?.sessions.get(SECOND)?.nick).toBe("thirdwitch");
  });

  it("frees the old nickname when a member registers a new one", () => {
    const driver = withMember();
    driver.register(MEMBER, "old");
    driver.register(MEMBER, "new");
    expect(errorOf(driver.join(OTHER, "old")[0])).toBeUndefined();
    expect(reservedNick(driver, MEMBER)).toBe("new");
  });

  it("keeps the reserved nickname from others (7.12) but not from its owner's clients", () => {
    const driver = withMember();
    driver.register(MEMBER, "thirdwitch");
    expect(errorOf(driver.join(OTHER, "thirdwitch")[0])).toBe("cancel/conflict");
    expect(errorOf(driver.join(SECOND, "thirdwitch")[0])).toBeUndefined();
  });
});

describe("XEP-0045 7.10 and XEP-0077 3.2 unregistering", () => {
  it("in the room: broadcasts affiliation none and frees the nickname", () => {
    const driver = withMember();
    driver.join(MEMBER, "thirdwitch");
    driver.register(MEMBER, "thirdwitch");
    expect(sentTo(driver.unregister(MEMBER), OWNER).map(brief)).toEqual([
      "presence thirdwitch > crone1 none/participant jid",
    ]);
    expect(reservedNick(driver, MEMBER)).toBeUndefined();
  });

  it("in a members-only room: removes the user with 321", () => {
    const driver = withMember({ "muc#roomconfig_membersonly": "1" });
    driver.join(MEMBER, "thirdwitch");
    expect(sentTo(driver.unregister(MEMBER), MEMBER).map(brief)[0]).toBe(
      "presence unavailable thirdwitch > hag66 none/none jid 321,110",
    );
  });

  it("keeps an owner's affiliation, without the nickname", () => {
    const driver = openRoom();
    driver.register(OWNER, "firstwitch");
    driver.unregister(OWNER);
    expect(driver.registry.get("coven")?.affiliationOf("crone1@shakespeare.example")).toBe("owner");
    expect(reservedNick(driver, OWNER)).toBeUndefined();
  });

  it("is refused with registration-required to users who are not registered", () => {
    expect(errorOf(openRoom().unregister(OTHER)[0])).toBe("auth/registration-required");
  });
});

describe("XEP-0045 9.3 a nickname reserved by an admin", () => {
  it("evicts another occupant with it: 307 and the reason, then the absent member's affiliation, then the result", () => {
    const driver = openRoom();
    driver.join(OTHER, "thirdwitch");
    const sent = driver.admin(OWNER, `<item affiliation="member" jid="${HAG}" nick="thirdwitch"/>`);
    expect(sent.map(brief)).toEqual([
      "presence unavailable thirdwitch > hecate none/none jid 307,110",
      "presence unavailable thirdwitch > crone1 none/none jid 307",
      "message @ > crone1 member/undefined jid",
      "iq result @ > crone1",
    ]);
    const reason = sent[1]?.getChild("x")?.getChild("item")?.getChild("reason");
    expect(reason?.getText()).toBe("This nickname is reserved");
  });

  it("is not-allowed for an admin if an owner uses it; owners may evict admins (8.2)", () => {
    const driver = withThree();
    driver.admin(OWNER, `<item affiliation="admin" jid="${HAG}"/>`);
    const reserve = (nick: string) =>
      `<item affiliation="member" jid="bard@shakespeare.example" nick="${nick}"/>`;
    const refused = driver.admin(MEMBER, reserve("firstwitch"));
    expect(refused.map(errorOf)).toEqual(["cancel/not-allowed"]);
    expect(reservedFor(driver.registry.get("coven") ?? expect.fail(), "firstwitch")).toBeUndefined();
    expect(driver.admin(MEMBER, reserve("hecate")).at(-1)?.attrs.type).toBe("result");
    expect(driver.admin(OWNER, reserve("thirdwitch")).at(-1)?.attrs.type).toBe("result");
    expect([...(driver.registry.get("coven")?.occupants.keys() ?? [])]).toEqual(["firstwitch"]);
  });

  it("is removed by an empty nick and kept without a nick (9.5)", () => {
    const driver = openRoom();
    driver.admin(OWNER, `<item affiliation="member" jid="${HAG}" nick="thirdwitch"/>`);
    driver.admin(OWNER, `<item affiliation="member" jid="${HAG}"/>`);
    expect(reservedNick(driver, MEMBER)).toBe("thirdwitch");
    driver.admin(OWNER, `<item affiliation="member" jid="${HAG}" nick=""/>`);
    expect(reservedNick(driver, MEMBER)).toBeUndefined();
  });

  it("is refused with conflict if it is reserved for another user", () => {
    const driver = openRoom();
    driver.admin(OWNER, `<item affiliation="member" jid="${HAG}" nick="thirdwitch"/>`);
    const [reply] = driver.admin(OWNER, `<item affiliation="member" jid="${HECATE}" nick="thirdwitch"/>`);
    expect(errorOf(reply)).toBe("cancel/conflict");
  });
});

describe("members who are not in the room (muc#roomconfig_presencebroadcast with none)", () => {
  const NONE = { "muc#roomconfig_presencebroadcast": ["none", "visitor", "participant", "moderator"] };

  it("are shown as unavailable with their nickname, before self-presence; the JID only to those who may see it", () => {
    const driver = openRoom(NONE);
    driver.admin(OWNER, `<item affiliation="member" jid="${HAG}" nick="thirdwitch"/>`);
    expect(sentTo(driver.join(OTHER, "hecate"), OTHER).map(brief)).toEqual([
      "presence firstwitch > hecate owner/moderator",
      "presence unavailable thirdwitch > hecate member/none nick=thirdwitch",
      "presence hecate > hecate none/participant jid 110",
      "message groupchat @ > hecate",
    ]);
    driver.leave(OWNER, "firstwitch");
    expect(sentTo(driver.join(OWNER, "firstwitch"), OWNER).map(brief)).toContain(
      "presence unavailable thirdwitch > crone1 member/none jid nick=thirdwitch",
    );
  });

  it("are not shown while they are in the room, nor if the broadcast of none is off", () => {
    const shown = openRoom(NONE);
    shown.admin(OWNER, `<item affiliation="member" jid="${HAG}" nick="thirdwitch"/>`);
    shown.join(MEMBER, "thirdwitch");
    expect(sentTo(shown.join(OTHER, "hecate"), OTHER).map(brief)).not.toContain(
      "presence unavailable thirdwitch > hecate member/none nick=thirdwitch",
    );
    const hidden = openRoom();
    hidden.admin(OWNER, `<item affiliation="member" jid="${HAG}" nick="thirdwitch"/>`);
    expect(
      hidden
        .join(OTHER, "hecate")
        .map(brief)
        .filter((line) => line.includes("unavailable")),
    ).toEqual([]);
  });

  it("are shown with role none under a nickname that they lose, with their current affiliation", () => {
    const driver = openRoom(NONE);
    const change = (item: string) => {
      driver.admin(OWNER, `<item affiliation="member" jid="${HAG}" nick="thirdwitch"/>`);
      const sent = driver.admin(OWNER, `<item jid="${HAG}" ${item}/>`).map(brief);
      return sent.filter((line) => line.startsWith("presence"));
    };
    expect(change('affiliation="none"')).toEqual(["presence unavailable thirdwitch > crone1 none/none jid"]);
    expect(change('affiliation="outcast"')).toEqual([
      "presence unavailable thirdwitch > crone1 outcast/none jid",
    ]);
    expect(change('affiliation="member" nick=""')).toEqual([
      "presence unavailable thirdwitch > crone1 member/none jid",
    ]);
    expect(change('affiliation="member" nick="hag"')).toEqual([
      "presence unavailable thirdwitch > crone1 member/none jid nick=hag",
      "presence unavailable hag > crone1 member/none jid nick=hag",
    ]);
  });

  it("are finally shown under the new nicknames when they swap them", () => {
    const driver = openRoom(NONE);
    const give = (hag: string, hecate: string) =>
      driver.admin(
        OWNER,
        `<item affiliation="member" jid="${HAG}" nick="${hag}"/><item affiliation="member" jid="${HECATE}" nick="${hecate}"/>`,
      );
    give("one", "two");
    const shown = new Map(
      give("two", "one").map((stanza) => [
        stanza.attrs.from,
        child(stanza, "x", NS.mucUser)?.getChild("item"),
      ]),
    );
    expect([`${ROOM}/one`, `${ROOM}/two`].map((from) => shown.get(from)?.attrs.jid)).toEqual([HECATE, HAG]);
  });

  it("appear with 102 when the option is enabled", () => {
    const driver = openRoom();
    driver.admin(OWNER, `<item affiliation="member" jid="${HAG}" nick="thirdwitch"/>`);
    expect(driver.configure(OWNER, NONE).map(brief)).toEqual([
      "message groupchat @ > crone1 102",
      "presence unavailable thirdwitch > crone1 member/none jid nick=thirdwitch",
      "iq result @ > crone1",
    ]);
  });
});
