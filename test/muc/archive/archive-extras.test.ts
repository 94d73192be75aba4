import { describe, expect, it } from "vitest";
import { child, type Element } from "../../../src/xmpp/element.ts";
import { NS } from "../../../src/xmpp/namespaces.ts";
import { storeQueriesOf } from "../../support/effects.ts";
import {
  type Driver,
  errorOf,
  MEMBER,
  OTHER,
  OWNER,
  openRoom,
  ROOM,
  withThree,
} from "../../support/room-driver.ts";

const PRIVATE = `{${NS.archive}}private-messages`;
const PRESENCE = `{${NS.archive}}presence`;
const LATER = "crone1@shakespeare.example/phone";
const STRANGER = "duncan@shakespeare.example/castle";

const keeping = (privateMessages: boolean, presence: boolean) => ({
  environment: { archive: { maxDays: 0, maxMessagesPerRoom: 0, privateMessages, presence } },
});

const whisper = (driver: Driver, from: string, nick: string, body: string, more = "", id = body): Element[] =>
  driver.send(
    from,
    `<message type="chat" id="${id}" to="${ROOM}/${nick}"><body>${body}</body>${more}</message>`,
  );

/** Returns the stanzas that a query with these fields finds, or the error. */
function ask(driver: Driver, from: string, fields: Record<string, string>, set = ""): Element[] | string {
  const written = Object.entries({ FORM_TYPE: NS.mam, ...fields }).map(
    ([name, value]) => `<field var="${name}"><value>${value}</value></field>`,
  );
  const form = `<x xmlns="jabber:x:data" type="submit">${written.join("")}</x>`;
  const answer = driver.send(
    from,
    `<iq type="set" id="mam" to="${ROOM}"><query xmlns="${NS.mam}">${form}${set}</query></iq>`,
  );
  const found = answer.flatMap((stanza) => child(stanza, "result", NS.mam) ?? []);
  return (
    errorOf(answer.at(-1)) ??
    found.flatMap((el) => el.getChild("forwarded", NS.forward)?.getChildElements().at(-1) ?? [])
  );
}

function bodies(driver: Driver, from: string, fields: Record<string, string> = { [PRIVATE]: "1" }) {
  const found = ask(driver, from, fields);
  return typeof found === "string" ? found : found.map((el) => el.getChild("body")?.getText());
}

const formFields = (driver: Driver): (string | undefined)[] =>
  driver
    .send(OWNER, `<iq type="get" id="f" to="${ROOM}"><query xmlns="${NS.mam}"/></iq>`)
    .flatMap((reply) => reply.getChild("query", NS.mam)?.getChild("x")?.getChildren("field") ?? [])
    .map(({ attrs }) => attrs.var);

describe("XEP-0313 6.1.2 private messages, where configuration has archives keep them", () => {
  /** "thirdwitch" and "hecate" whisper; the owner and moderator is "firstwitch". */
  function whispers(fields = {}, options = keeping(true, false)): Driver {
    const driver = withThree(fields, options);
    driver.say(MEMBER, "hail");
    whisper(driver, MEMBER, "hecate", "psst");
    whisper(driver, OTHER, "thirdwitch", "hush");
    return driver;
  }

  it("are in no result unless the query asks for them", () => {
    const driver = whispers();
    for (const reader of [OWNER, MEMBER, OTHER]) expect(bodies(driver, reader, {})).toEqual(["hail"]);
    expect(bodies(driver, MEMBER, { [PRIVATE]: "0" })).toEqual(["hail"]);
    expect(bodies(driver, MEMBER, { [PRIVATE]: "perhaps" })).toBe("modify/bad-request");
  });

  it("are for who has sent and who has got them, by account; not for moderators, nor for others", () => {
    const driver = whispers({ "muc#roomconfig_whois": "anyone" });
    expect(bodies(driver, MEMBER)).toEqual(["hail", "psst", "hush"]);
    expect(bodies(driver, OTHER)).toEqual(["hail", "psst", "hush"]);
    expect(bodies(driver, OWNER)).toEqual(["hail"]);
    expect(bodies(driver, STRANGER)).toEqual(["hail"]);
    driver.leave(OTHER, "hecate");
    driver.join(STRANGER, "hecate");
    expect(bodies(driver, STRANGER)).toEqual(["hail"]);
    expect(bodies(driver, OTHER.replace("/broom", "/cat"))).toEqual(["hail", "psst", "hush"]);
  });

  it("are nothing that others can find by id, nick or word, or count", () => {
    const driver = whispers();
    const ids = driver.journal.flatMap((entry) =>
      entry.kind === "message-archived" && entry.message.kind === "private" ? entry.message.stanzaId : [],
    );
    const [id = ""] = ids;
    for (const fields of [{}, { [PRIVATE]: "1" }])
      for (const filter of [{ ids: id }, { "after-id": id }, { "before-id": id }])
        expect(bodies(driver, OWNER, { ...fields, ...filter })).toBe("cancel/item-not-found");
    expect(bodies(driver, MEMBER, { ids: id })).toBe("cancel/item-not-found");
    expect(bodies(driver, MEMBER, { [PRIVATE]: "1", ids: id })).toEqual(["psst"]);
    expect(bodies(driver, MEMBER, { [PRIVATE]: "1", "after-id": id })).toEqual(["hush"]);
    expect(bodies(driver, MEMBER, { [PRIVATE]: "1", with: `${ROOM}/hecate` })).toEqual(["psst", "hush"]);
    expect(bodies(driver, OWNER, { [PRIVATE]: "1", with: `${ROOM}/hecate` })).toEqual([]);
    expect(bodies(driver, MEMBER, { [PRIVATE]: "1", [`{${NS.fulltext}}fulltext`]: "psst" })).toEqual([]);
  });

  it("are given as they were sent, with the recipient's nickname, and no more than the recipient got", () => {
    const driver = whispers({ "muc#roomconfig_whois": "anyone" });
    const [live] = whisper(
      driver,
      MEMBER,
      "hecate",
      "again",
      "<active xmlns='http://jabber.org/protocol/chatstates'/>",
    );
    for (const reader of [MEMBER, OTHER]) {
      const found = ask(driver, reader, { [PRIVATE]: "1", with: `${ROOM}/thirdwitch` }).at(-1) as Element;
      expect(found.attrs).toEqual({
        xmlns: "jabber:client",
        type: "chat",
        from: `${ROOM}/thirdwitch`,
        to: `${ROOM}/hecate`,
        id: "again",
      });
      const parts = (stanza: Element | undefined) => stanza?.getChildElements().map(String).sort();
      expect(parts(found)).toEqual(parts(live));
    }
    expect(child(live as Element, "stanza-id", NS.stanzaId)).toBeUndefined();
  });

  it("are not kept where they are not to be (XEP-0334, XEP-0085), where the room has no archive, or by default", () => {
    const driver = whispers();
    whisper(driver, MEMBER, "hecate", "secret", `<no-store xmlns="${NS.hints}"/>`);
    driver.send(
      MEMBER,
      `<message type="chat" to="${ROOM}/hecate"><composing xmlns="http://jabber.org/protocol/chatstates"/></message>`,
    );
    driver.configure(OWNER, { "muc#roomconfig_enablearchiving": "0" });
    whisper(driver, MEMBER, "hecate", "unrecorded");
    driver.configure(OWNER, { "muc#roomconfig_enablearchiving": "1" });
    expect(bodies(driver, MEMBER)).toEqual(["hail", "psst", "hush"]);
    const usual = whispers({}, keeping(false, true));
    expect(bodies(usual, MEMBER)).toBe("cancel/feature-not-implemented");
    expect([formFields(driver).includes(PRIVATE), formFields(usual).includes(PRIVATE)]).toEqual([
      true,
      false,
    ]);
    expect(usual.journal.some((entry) => "message" in entry && entry.message.kind === "private")).toBe(false);
  });

  it("become tombstones when their author retracts them (XEP-0424 section 4), by nobody else", () => {
    const driver = whispers();
    const back = (id: string) => `<retract xmlns="${NS.retract}" id="${id}"/>`;
    whisper(driver, OTHER, "thirdwitch", "mine", back("psst"));
    whisper(driver, MEMBER, "firstwitch", "elsewhere", back("psst"));
    expect(bodies(driver, OTHER)).toEqual(["hail", "psst", "hush", "mine"]);
    whisper(driver, MEMBER, "hecate", "oops", back("psst"), "back");
    expect(bodies(driver, OTHER)).toEqual(["hail", undefined, "hush", "mine", "oops"]);
    const [, tombstone] = ask(driver, OTHER, { [PRIVATE]: "1" }) as Element[];
    expect(tombstone?.getChild("retracted", NS.retract)?.attrs.id).toBe("back");
  });

  it("are not in the history of who enters, nor after a restart", () => {
    const driver = whispers().restarted();
    const told = driver.join(LATER, "firstwitch");
    expect(told.flatMap((el) => el.getChild("body")?.getText() ?? [])).toEqual(["hail"]);
    expect(bodies(driver, OTHER)).toEqual(["hail", "psst", "hush"]);
  });
});

describe("XEP-0313 presence, where configuration has archives keep it", () => {
  const WITH = { [PRESENCE]: "1" };

  /** Returns the archived presence that a reader gets: entries (+) and departures (-) with affiliation, role and JID. */
  function seen(driver: Driver, from: string, fields: Record<string, string> = WITH): string[] | string {
    const found = ask(driver, from, fields);
    if (typeof found === "string") return found;
    return found.map((stanza) => {
      if (stanza.getName() === "message") return String(stanza.getChild("body")?.getText());
      const item = stanza.getChild("x", NS.mucUser)?.getChild("item");
      const sign = stanza.attrs.type === "unavailable" ? "-" : "+";
      const { affiliation, role, jid } = item?.attrs ?? {};
      return `${sign}${stanza.attrs.from?.split("/")[1]} ${affiliation}/${role}${jid ? ` ${jid}` : ""}`;
    });
  }

  it("tells who came and went, with the affiliation and role of that time, only where it is asked for", () => {
    const driver = openRoom({}, keeping(false, true));
    driver.join(MEMBER, "thirdwitch", "<status>cold</status>");
    driver.say(MEMBER, "hail");
    driver.send(MEMBER, `<presence to="${ROOM}/thirdwitch"><show>away</show></presence>`);
    driver.send(MEMBER, `<presence to="${ROOM}/newt"/>`);
    driver.leave(MEMBER, "newt");
    driver.join(MEMBER, "thirdwitch");
    expect(seen(driver, MEMBER)).toEqual([
      "+firstwitch owner/moderator",
      "+thirdwitch none/participant",
      "hail",
      "-thirdwitch none/none",
      "+newt none/participant",
      "-newt none/none",
      "+thirdwitch none/participant",
    ]);
    expect(seen(driver, MEMBER, {})).toEqual(["hail"]);
    expect(formFields(driver)).toContain(PRESENCE);
    const usual = openRoom();
    expect(seen(usual, OWNER)).toBe("cancel/feature-not-implemented");
    expect(usual.journal.some(({ kind }) => kind === "message-archived")).toBe(false);
  });

  it("shows what the others were told, real JIDs to those who see them in the archive", () => {
    const driver = openRoom({}, keeping(false, true));
    driver.join(OTHER, "hecate");
    const live = driver
      .send(MEMBER, `<presence to="${ROOM}/thirdwitch"><x xmlns="${NS.muc}"/><show>dnd</show></presence>`)
      .find((el) => el.attrs.to === OTHER && el.attrs.from === `${ROOM}/thirdwitch`);
    expect(seen(driver, OWNER).at(-1)).toBe(`+thirdwitch none/participant ${MEMBER}`);
    expect(seen(driver, OTHER).at(-1)).toBe("+thirdwitch none/participant");
    const found = ask(driver, OTHER, WITH).at(-1) as Element;
    expect(found.attrs).toEqual({ xmlns: "jabber:client", from: `${ROOM}/thirdwitch` });
    expect(found.getChildElements().map(String)).toEqual(live?.getChildElements().map(String));
  });

  it("is told to occupants and the affiliated, to nobody else; rights count when the query is answered", () => {
    const driver = openRoom({}, keeping(false, true));
    driver.join(MEMBER, "thirdwitch");
    expect(seen(driver, STRANGER)).toBe("auth/forbidden");
    expect(seen(driver, STRANGER, {})).toEqual([]);
    driver.admin(OWNER, `<item affiliation="member" jid="${STRANGER.split("/")[0]}"/>`);
    expect(seen(driver, STRANGER)).toHaveLength(2);
    const fields = Object.entries({ FORM_TYPE: NS.mam, ...WITH }).map(
      ([name, value]) => `<field var="${name}"><value>${value}</value></field>`,
    );
    const form = `<x xmlns="jabber:x:data" type="submit">${fields.join("")}</x>`;
    const asked = `<iq type="set" id="mam" to="${ROOM}"><query xmlns="${NS.mam}">${form}</query></iq>`;
    const queries = storeQueriesOf(driver.routed(MEMBER, asked));
    driver.leave(MEMBER, "thirdwitch");
    expect(seen(driver, MEMBER)).toBe("auth/forbidden");
    expect(queries.flatMap((query) => driver.answer(query)).map(errorOf)).toEqual(["auth/forbidden"]);
  });

  it("is not kept by a room without an archive", () => {
    const driver = openRoom({ "muc#roomconfig_enablearchiving": "0" }, keeping(false, true));
    driver.journal.length = 0;
    driver.join(MEMBER, "thirdwitch");
    driver.leave(MEMBER, "thirdwitch");
    expect(driver.journal.filter(({ kind }) => kind === "message-archived")).toEqual([]);
  });

  it("does not tell of those whose presence is not broadcast", () => {
    const driver = openRoom({ "muc#roomconfig_presencebroadcast": "moderator" }, keeping(false, true));
    driver.join(MEMBER, "thirdwitch");
    driver.admin(OWNER, '<item nick="thirdwitch" role="moderator"/>');
    driver.admin(OWNER, '<item nick="thirdwitch" role="participant"/>');
    driver.leave(MEMBER, "thirdwitch");
    expect(seen(driver, OWNER)).toEqual([
      `+firstwitch owner/moderator ${OWNER}`,
      `+thirdwitch none/moderator ${MEMBER}`,
      `-thirdwitch none/none ${MEMBER}`,
    ]);
  });
});
