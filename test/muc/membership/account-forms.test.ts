// All forms of an address are one account (RFC 3920 appendix A): for bans, affiliations, hats and administrators.
import { describe, expect, it } from "vitest";
import { NS } from "../../../src/xmpp/namespaces.ts";
import { adminList, brief, errorOf, OWNER, openRoom, ROOM, sentTo } from "../../support/room-driver.ts";

/** The address as typed, as prepared by a server, and as sent by a server that keeps the typed form. */
const FORMS = [
  ["großmann@shakespeare.example", "grossmann@shakespeare.example"],
  ["νίκος@shakespeare.example", "νίκοσ@shakespeare.example"],
  ["Ｊｕｌｉｅｔ@shakespeare.example", "juliet@shakespeare.example"],
  ["a@xn--bcher-kva.example", "a@bücher.example"],
] as const;
const PAIRS = FORMS.flatMap(([typed, prepared]) => [
  [typed, prepared],
  [prepared, typed],
  [typed, typed],
]);

const affiliate = (jid: string, affiliation: string) => `<item affiliation="${affiliation}" jid="${jid}"/>`;

describe.each(PAIRS)("%s in a payload and sender %s", (named, sender) => {
  const client = `${sender}/garden`;

  it("a ban removes the user and prevents entering (XEP-0045 9.1)", () => {
    const driver = openRoom();
    driver.join(client, "nick");
    const sent = driver.admin(OWNER, affiliate(named, "outcast"));
    expect(sent.map(brief)[1]).toBe("presence unavailable nick > crone1 outcast/none jid 301");
    expect(errorOf(driver.join(client, "nick")[0])).toBe("auth/forbidden");
  });

  it("a member may enter (9.3), and keeps a registered nickname (7.10)", () => {
    const driver = openRoom({ "muc#roomconfig_membersonly": "1" });
    driver.admin(OWNER, `<item affiliation="member" jid="${named}" nick="thirdwitch"/>`);
    expect(sentTo(driver.join(client, "thirdwitch"), OWNER).map(brief)).toEqual([
      "presence thirdwitch > crone1 member/participant jid",
    ]);
  });

  it("the configuration form adds and removes it as admin (10.2)", () => {
    const driver = openRoom();
    driver.configure(OWNER, { "muc#roomconfig_roomadmins": [named] });
    expect(driver.admin(client, affiliate("fool@x.example", "member")).at(-1)?.attrs.type).toBe("result");
    driver.configure(OWNER, { "muc#roomconfig_roomadmins": [] });
    expect(errorOf(driver.admin(client, affiliate("fool@x.example", "none"))[0])).toBe("auth/forbidden");
  });

  it("an invitation makes the user a member, who may decline it (7.8.2)", () => {
    const driver = openRoom({ "muc#roomconfig_membersonly": "1" });
    const invite = `<invite to="${named}"/>`;
    driver.send(OWNER, `<message to="${ROOM}"><x xmlns="${NS.mucUser}">${invite}</x></message>`);
    const decline = `<decline to="${ROOM}/firstwitch"/>`;
    const [told] = driver.send(
      client,
      `<message to="${ROOM}"><x xmlns="${NS.mucUser}">${decline}</x></message>`,
    );
    expect(told?.attrs.to).toBe(OWNER);
    expect(driver.join(client, "nick").map(brief)).toContain("presence nick > crone1 member/participant jid");
  });
});

it("two forms in one list name the same user: bad-request (9.2)", () => {
  const [typed, prepared] = FORMS[0];
  const both = affiliate(typed, "member") + affiliate(prepared, "outcast");
  expect(errorOf(openRoom().admin(OWNER, both)[0])).toBe("modify/bad-request");
});

it("a user with clients under two forms is one occupant with one occupant-id; each client keeps its address", () => {
  const driver = openRoom();
  driver.join("grossmann@x.example/a", "nick");
  const sent = driver.join("großmann@x.example/b", "nick");
  expect(sentTo(sent, "großmann@x.example/b").map(brief).at(-2)).toContain("110");
  expect(driver.registry.get("coven")?.occupants.size).toBe(2);
  const ids = ["grossmann@x.example", "großmann@x.example"].map((bare) =>
    sentTo(openRoom().join(`${bare}/a`, "nick"), OWNER).map(
      (stanza) => stanza.getChild("occupant-id", NS.occupantId)?.attrs.id,
    ),
  );
  expect(ids[0]).toEqual(ids[1]);
});

it("the store has the form that servers prepare", () => {
  const driver = openRoom();
  driver.admin(OWNER, affiliate("GROßMANN@shakespeare.example/x", "outcast"));
  expect(adminList(driver, OWNER, '<item affiliation="outcast"/>')).toEqual([
    { affiliation: "outcast", jid: "grossmann@shakespeare.example" },
  ]);
});

it("a service administrator is recognised by any form (XEP-0133)", () => {
  const asAdmin = (admin: string, sender: string) => {
    const driver = openRoom({}, { environment: { isServiceAdmin: (jid) => jid === admin } });
    const [answer] = driver.owner(`${sender}/a`, "", "get");
    return errorOf(answer) ?? answer?.attrs.type;
  };
  expect(asAdmin("grossmann@x.example", "großmann@x.example")).toBe("result");
  // A dotless i shares its capital with i; later versions of Unicode map the modifier letter to I.
  for (const other of ["ıan", "ᴵan"])
    expect(asAdmin("ian@x.example", `${other}@x.example`)).toBe("auth/forbidden");
});

describe("affiliations and notes that are stored under other forms", () => {
  const record = (jid: string, affiliation: "none" | "member" | "outcast" | "owner") => ({
    jid,
    affiliation,
    reason: undefined,
    nick: undefined,
  });
  const restored = (...affiliations: ReturnType<typeof record>[]) => {
    const first = openRoom({ "muc#roomconfig_persistentroom": "1" });
    const record = first.registry.get("coven")?.record();
    if (!record) throw new Error("there is no room");
    const worn = { "großmann@x.example": ["urn:hat"] };
    const hats = JSON.stringify({ hats: [{ uri: "urn:hat", title: "Hat" }], worn });
    const notes = new Map([...record.notes, ["hats", hats]]);
    const stored = { ...record, notes, affiliations: [...record.affiliations, ...affiliations] };
    return { driver: openRoom({}, { records: [stored] }), stored };
  };

  it("apply to the account, which has its hat", () => {
    const { driver } = restored(record("großmann@x.example", "outcast"));
    expect(errorOf(driver.join("grossmann@x.example/a", "nick")[0])).toBe("auth/forbidden");
    driver.admin(OWNER, affiliate("grossmann@x.example", "none"));
    const [shown] = sentTo(driver.join("grossmann@x.example/a", "nick"), OWNER);
    expect(shown?.getChild("hats")?.getChild("hat")?.attrs.title).toBe("Hat");
  });

  it.each([
    ["member", "outcast", "outcast"],
    ["outcast", "member", "outcast"],
    ["owner", "outcast", "owner"],
  ] as const)("of %s and %s of one account, only %s applies and stays stored", (one, other, counts) => {
    const { driver, stored } = restored(
      record("grossmann@x.example", one),
      record("großmann@x.example", other),
    );
    expect(driver.registry.get("coven")?.affiliationOf("grossmann@x.example")).toBe(counts);
    expect(driver.registry.restore(stored).takeEffects().journal).toEqual([
      expect.objectContaining({ record: record("großmann@x.example", "none") }),
      expect.objectContaining({ record: record("grossmann@x.example", counts) }),
    ]);
  });
});
