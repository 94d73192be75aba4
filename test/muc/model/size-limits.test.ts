import { describe, expect, it } from "vitest";
import { DEFAULT_ROOM_CONFIG } from "../../../src/muc/model/room-config.ts";
import { type RoomRows, readRoom } from "../../../src/storage/rows.ts";
import { child, type Element, parse } from "../../../src/xmpp/element.ts";
import { NS } from "../../../src/xmpp/namespaces.ts";
import {
  Driver,
  errorOf,
  MEMBER,
  OTHER,
  OWNER,
  openRoom,
  ROOM,
  sentTo,
  withMember,
  withThree,
} from "../../support/room-driver.ts";

/** Longer than any reason may be. Each ' counts 6 bytes, as servers may write it as &apos;. */
const LONG = "'".repeat(10_000);
const CUT = `${"'".repeat(340)}…`;

const textOf = (stanza: Element | undefined, ...path: string[]): string | undefined =>
  path.reduce((el: Element | undefined, name) => el?.getChild(name), stanza)?.getText();

describe("a maximum length in escaped bytes cuts the reason", () => {
  const reason = `<reason>${LONG}</reason>`;

  it("of a kick (XEP-0045 8.2)", () => {
    const sent = withMember().admin(OWNER, `<item nick="thirdwitch" role="none">${reason}</item>`);
    expect(textOf(sentTo(sent, MEMBER)[0], "x", "item", "reason")).toBe(CUT);
  });

  it("of an affiliation, in presence and in the list of affiliations (9.1, 9.2)", () => {
    const driver = withMember();
    const sent = driver.admin(
      OWNER,
      `<item jid="hag66@shakespeare.example" affiliation="outcast">${reason}</item>`,
    );
    expect(textOf(sentTo(sent, MEMBER)[0], "x", "item", "reason")).toBe(CUT);
    const query = `<query xmlns="${NS.mucAdmin}"><item affiliation="outcast"/></query>`;
    const [list] = driver.send(OWNER, `<iq type="get" id="l" to="${ROOM}">${query}</iq>`);
    expect(textOf(list, "query", "item", "reason")).toBe(CUT);
  });

  it("of destroying a room (10.9)", () => {
    const sent = withMember().owner(OWNER, `<destroy>${reason}</destroy>`);
    expect(textOf(sentTo(sent, MEMBER)[0], "x", "destroy", "reason")).toBe(CUT);
  });

  it("of an invitation and of declining it; a thread that is too long is left out (7.8.2)", () => {
    const driver = withMember();
    const invite = `<invite to="${OTHER}">${reason}<continue thread="${LONG}"/></invite>`;
    const [sent] = driver.send(
      MEMBER,
      `<message id="i" to="${ROOM}"><x xmlns="${NS.mucUser}">${invite}</x></message>`,
    );
    expect(textOf(sent, "x", "invite", "reason")).toBe(CUT);
    expect(sent?.getChild("x")?.getChild("invite")?.getChild("continue")?.attrs).toEqual({});
    const decline = `<decline to="${ROOM}/thirdwitch">${reason}</decline>`;
    const declined = driver.send(
      OTHER,
      `<message to="${ROOM}"><x xmlns="${NS.mucUser}">${decline}</x></message>`,
    );
    expect(textOf(declined[0], "x", "decline", "reason")).toBe(CUT);
  });

  it("of a moderation (XEP-0425)", () => {
    const driver = withMember();
    const message = driver.say(MEMBER, "hail")[0];
    const id = message && child(message, "stanza-id", NS.stanzaId)?.attrs.id;
    const request = `<moderate id="${id}" xmlns="${NS.moderate}"><retract xmlns="${NS.retract}"/>${reason}</moderate>`;
    const sent = driver.send(OWNER, `<iq type="set" id="m" to="${ROOM}">${request}</iq>`);
    expect(textOf(sent[0], "retract", "reason")).toBe(CUT);
  });
});

describe("XEP-0045 10.2 texts in the configuration form", () => {
  it.each([
    ["muc#roomconfig_roomname", 512],
    ["muc#roomconfig_roomdesc", 4_096],
    ["muc#roomconfig_roomsecret", 1_024],
    ["muc#roominfo_logs", 2_048],
  ])("%s has at most %i bytes, as the form says (10.1.3: not-acceptable)", (name, most) => {
    const driver = openRoom();
    const value = (text: string) => driver.configure(OWNER, { [name]: text })[0];
    expect(errorOf(value("x".repeat(most)))).toBeUndefined();
    expect(errorOf(value("x".repeat(most + 1)))).toBe("modify/not-acceptable");
    expect(errorOf(value("'".repeat(Math.floor(most / 6) + 1)))).toBe("modify/not-acceptable");
    expect(String(value("x".repeat(most + 1)))).toContain(`At most ${most} bytes`);
    const form = driver.owner(OWNER, "", "get")[0]?.getChild("query")?.getChild("x");
    const field = form?.getChildren("field").find(({ attrs }) => attrs.var === name);
    expect(textOf(field, "desc")).toBe(`At most ${most} bytes`);
  });

  it("the language is at most 64 bytes long, and there are at most 20 contacts", () => {
    const driver = openRoom();
    const language = { "muc#roomconfig_lang": `en${"-abcdefgh".repeat(7)}` };
    expect(errorOf(driver.configure(OWNER, language)[0])).toBe("modify/not-acceptable");
    const contacts = (count: number) => Array.from({ length: count }, (_, n) => `c${n}@verona.test`);
    const submit = (count: number) =>
      driver.configure(OWNER, { "muc#roominfo_contactjid": contacts(count) })[0];
    expect(errorOf(submit(20))).toBeUndefined();
    expect(errorOf(submit(21))).toBe("modify/not-acceptable");
  });

  it("a stored value that is too long is accepted when it is submitted unchanged", () => {
    const config = { ...DEFAULT_ROOM_CONFIG, persistent: true, name: "x".repeat(600) };
    const affiliation = {
      jid: OWNER.split("/")[0] ?? "",
      affiliation: "owner",
      reason: undefined,
      nick: undefined,
    } as const;
    const rest = { subject: undefined, notes: new Map(), locked: false, sessions: [] };
    const driver = new Driver({ records: [{ node: "coven", config, affiliations: [affiliation], ...rest }] });
    expect(errorOf(driver.configure(OWNER, { "muc#roomconfig_roomname": config.name })[0])).toBeUndefined();
  });

  it("lists of admins and owners that are too large are left out, and do not change", () => {
    const driver = openRoom();
    const jids = Array.from({ length: 100 }, (_, n) => `${"x".repeat(900)}${n}@verona.test`);
    driver.admin(OWNER, jids.map((jid) => `<item jid="${jid}" affiliation="admin"/>`).join(""));
    const form = driver.owner(OWNER, "", "get")[0]?.getChild("query")?.getChild("x");
    const fields = form?.getChildren("field").map(({ attrs }) => attrs.var) ?? [];
    expect(fields).toContain("muc#roomconfig_roomowners");
    expect(fields).not.toContain("muc#roomconfig_roomadmins");
    const submitted = parse(String(form));
    submitted.attrs.type = "submit";
    expect(errorOf(driver.owner(OWNER, String(submitted))[0])).toBeUndefined();
    expect(driver.registry.get("coven")?.affiliations.size).toBe(101);
  });
});

describe("other texts", () => {
  it("XEP-0045 8.1: a subject has at most 8 KiB in all languages together; a longer one is a policy-violation", () => {
    const driver = openRoom();
    const set = (subjects: string) =>
      driver.send(OWNER, `<message id="s" type="groupchat" to="${ROOM}">${subjects}</message>`)[0];
    expect(errorOf(set(`<subject>${"x".repeat(8_000)}</subject>`))).toBeUndefined();
    const half = "x".repeat(4_100);
    expect(errorOf(set(`<subject>${half}</subject><subject xml:lang="de">${half}</subject>`))).toBe(
      "modify/policy-violation",
    );
  });

  it("XEP-0045 10.9: a password for the alternate venue that is too long is refused and not cut", () => {
    const sent = openRoom().owner(OWNER, `<destroy jid="${ROOM}2"><password>${LONG}</password></destroy>`);
    expect(sent.map(errorOf)).toEqual(["modify/not-acceptable"]);
  });

  it("XEP-0313: the queryid has at most 1 KiB, as each result repeats it", () => {
    const query = (id: string) => `<query xmlns="${NS.mam}" queryid="${id}"/>`;
    const ask = (id: string) =>
      openRoom().send(OWNER, `<iq type="set" id="q" to="${ROOM}">${query(id)}</iq>`)[0];
    expect(errorOf(ask("x".repeat(1_024)))).toBeUndefined();
    expect(errorOf(ask("'".repeat(171)))).toBe("modify/bad-request");
  });

  it("XEP-0050: a sessionid that is too long is refused with bad-sessionid", () => {
    const command = `<command xmlns="${NS.commands}" node="urn:xmpp:hats:commands:list" sessionid="${LONG}"/>`;
    const [answer] = openRoom().send(OWNER, `<iq type="set" id="c" to="${ROOM}">${command}</iq>`);
    expect(errorOf(answer)).toBe("modify/bad-request");
    expect(String(answer)).toContain("bad-sessionid");
  });

  it("XEP-0486: a room has at most ten photos, as the room information has a hash of each", () => {
    const photos = (count: number) =>
      `<vCard xmlns="${NS.vcard}">${"<PHOTO><TYPE>image/png</TYPE><BINVAL>AAAA</BINVAL></PHOTO>".repeat(count)}</vCard>`;
    const set = (count: number) =>
      openRoom()
        .send(OWNER, `<iq type="set" id="v" to="${ROOM}">${photos(count)}</iq>`)
        .at(-1);
    expect(errorOf(set(10))).toBeUndefined();
    expect(errorOf(set(11))).toBe("modify/not-acceptable");
  });

  it("XEP-0045 17.4: a request that redaction of JIDs makes too large is refused", () => {
    const driver = withThree();
    const own = `${OTHER.split("/")[0]} `;
    const request = (count: number) =>
      driver.send(
        OTHER,
        `<iq type="set" id="r" to="${ROOM}/thirdwitch"><query xmlns="urn:x">${own.repeat(count)}</query></iq>`,
      );
    expect(request(10).map((stanza) => stanza.attrs.to)).toEqual([MEMBER]);
    const [refusal] = request(20_000);
    expect(errorOf(refusal)).toBe("modify/policy-violation");
  });

  it("RFC 6120 8.3.2: an error text that quotes the request is cut", () => {
    const form = `<x xmlns="jabber:x:data" type="submit"><field var="FORM_TYPE"><value>${NS.mam}</value></field><field var="${LONG}"/></x>`;
    const [answer] = openRoom().send(
      OWNER,
      `<iq type="set" id="q" to="${ROOM}"><query xmlns="${NS.mam}">${form}</query></iq>`,
    );
    expect(errorOf(answer)).toBe("cancel/feature-not-implemented");
    expect(textOf(answer, "error", "text")?.length).toBeLessThan(300);
  });
});

describe("XEP-0317 hats", () => {
  const run = (driver: Driver, node: string, fields: Record<string, string>) => {
    const all = { FORM_TYPE: "urn:xmpp:hats:commands", ...fields };
    const written = Object.entries(all).map(
      ([name, value]) => `<field var="${name}"><value>${value}</value></field>`,
    );
    const form = `<x xmlns="jabber:x:data" type="submit">${written.join("")}</x>`;
    const command = `<command xmlns="${NS.commands}" node="urn:xmpp:hats:commands:${node}">${form}</command>`;
    return driver.send(OWNER, `<iq type="set" id="c" to="${ROOM}">${command}</iq>`).at(-1);
  };

  it("have titles and URIs of limited length, and a user has at most 20 hats", () => {
    const driver = withMember();
    const create = (title: string, uri: string) =>
      run(driver, "create", { "hats#title": title, "hats#uri": uri });
    expect(errorOf(create("'".repeat(86), "urn:a"))).toBe("modify/bad-request");
    expect(errorOf(create("a", `urn:${"x".repeat(1_021)}`))).toBe("modify/bad-request");
    const assign = (n: number) =>
      run(driver, "assign", { "hats#jid": "hag66@shakespeare.example", "hats#uri": `urn:${n}` });
    for (let n = 0; n <= 20; n += 1) create("x".repeat(512), `urn:${n}`);
    for (let n = 0; n < 20; n += 1) expect(errorOf(assign(n))).toBeUndefined();
    expect(errorOf(assign(20))).toBe("wait/resource-constraint");
  });
});

describe("values from imports or older versions that are too long are cut when they are read:", () => {
  const rows = { locked: false, subject: null, affiliations: [], notes: [], sessions: [] };
  const config = JSON.stringify(DEFAULT_ROOM_CONFIG);
  const read = (more: Partial<RoomRows>) =>
    readRoom("coven", { ...rows, config, ...more }, (problem) => expect.fail(problem));

  it("the configuration", () => {
    const contacts = Array.from({ length: 30 }, (_, n) => `c${n}@verona.test`);
    const language = `en${"-abcdefgh".repeat(7)}`;
    const long = { ...DEFAULT_ROOM_CONFIG, name: LONG, description: LONG, logs: LONG, language, contacts };
    const room = read({ config: JSON.stringify(long) });
    expect(room.config.name).toBe(`${"'".repeat(84)}…`);
    expect(room.config.description.length).toBeLessThan(700);
    expect(room.config).toMatchObject({ logs: "", language: "" });
    expect(room.config.contacts).toHaveLength(20);
  });

  it("a subject and a reason", () => {
    const message = { id: "1", stanzaId: "2", occupantId: "3", subjects: `<subject>${LONG}</subject>` };
    const room = read({
      subject: JSON.stringify({ text: LONG, nick: "n", at: 0, message }),
      affiliations: [{ jid: "a@b", affiliation: "outcast", reason: LONG, nick: null }],
    });
    expect(room.subject?.text.length).toBeLessThan(1_400);
    expect(room.subject?.message?.subjects.length).toBeLessThan(8_300);
    expect(room.affiliations[0]?.reason).toBe(CUT);
  });
});
