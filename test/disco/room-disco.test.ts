import { describe, expect, it } from "vitest";
import type { RoomRecord } from "../../src/muc/model/journal.ts";
import { DEFAULT_ROOM_CONFIG } from "../../src/muc/model/room-config.ts";
import { child, type Element } from "../../src/xmpp/element.ts";
import { NS } from "../../src/xmpp/namespaces.ts";
import { Driver, errorOf, MEMBER, OTHER, OWNER, openRoom, ROOM } from "../support/room-driver.ts";

/** Returns the query element of the answer to disco#info of the room. */
function roomInfo(driver: Driver, from = OTHER): Element | undefined {
  const [reply] = driver.send(
    from,
    `<iq type="get" id="i" to="${ROOM}"><query xmlns="${NS.discoInfo}"/></iq>`,
  );
  return reply && child(reply, "query", NS.discoInfo);
}

const features = (driver: Driver): string[] =>
  (roomInfo(driver)?.getChildren("feature") ?? []).map((feature) => String(feature.attrs.var));

function extendedInfo(driver: Driver, from = OTHER): Record<string, string | undefined> {
  const form = roomInfo(driver, from)?.getChild("x", NS.dataForms);
  expect(form?.attrs.type).toBe("result");
  return Object.fromEntries(
    (form?.getChildren("field") ?? []).map((field) => [field.attrs.var, field.getChild("value")?.getText()]),
  );
}

function ask(driver: Driver, namespace: string, node: string, from = MEMBER): Element | undefined {
  return driver.send(
    from,
    `<iq type="get" id="n" to="${ROOM}"><query xmlns="${namespace}" node="${node}"/></iq>`,
  )[0];
}

describe("XEP-0045 6.4 querying for room information", () => {
  it("names the room by its configured name, or else its node", () => {
    const identity = (driver: Driver) => roomInfo(driver)?.getChild("identity")?.attrs;
    expect(identity(openRoom())).toEqual({ category: "conference", type: "text", name: "coven" });
    expect(identity(openRoom({ "muc#roomconfig_roomname": "A Dark Cave" }))?.name).toBe("A Dark Cave");
  });

  it("lists the supported features and one feature of each pair of room types (4.2, 16.3)", () => {
    const found = features(openRoom());
    const supported = [NS.muc, NS.mucStableId, NS.discoInfo, NS.discoItems, NS.register, NS.selfPing];
    const forms = [NS.mucRoomInfo, NS.mucRoomConfig, NS.mucRegister];
    const marks = [NS.stanzaId, NS.occupantId, NS.hats, NS.vcard, NS.commands, NS.affiliationVersions];
    const messages = [NS.retract, `${NS.retract}#tombstone`, NS.moderate, NS.mentions, NS.ping];
    expect(found).toEqual(expect.arrayContaining([...supported, ...forms, ...marks, ...messages]));
    expect(found.filter((feature) => feature.startsWith("muc_")).sort()).toEqual([
      "muc_open",
      "muc_public",
      "muc_semianonymous",
      "muc_temporary",
      "muc_unmoderated",
      "muc_unsecured",
    ]);
  });

  it.each([
    [{ "muc#roomconfig_publicroom": "0" }, "muc_hidden", "muc_public"],
    [{ "muc#roomconfig_persistentroom": "1" }, "muc_persistent", "muc_temporary"],
    [{ "muc#roomconfig_membersonly": "1" }, "muc_membersonly", "muc_open"],
    [{ "muc#roomconfig_moderatedroom": "1" }, "muc_moderated", "muc_unmoderated"],
    [
      { "muc#roomconfig_passwordprotectedroom": "1", "muc#roomconfig_roomsecret": "cauldronburn" },
      "muc_passwordprotected",
      "muc_unsecured",
    ],
    [{ "muc#roomconfig_whois": "anyone" }, "muc_nonanonymous", "muc_semianonymous"],
  ])("a configuration of %j shows %s, not %s", (fields, shown, hidden) => {
    const found = features(openRoom(fields));
    expect(found).toContain(shown);
    expect(found).not.toContain(hidden);
  });

  it("has the feature muc#request while voice requests are possible (7.13)", () => {
    const moderated = { "muc#roomconfig_moderatedroom": "1" };
    expect(features(openRoom(moderated))).toContain(NS.mucRequest);
    expect(features(openRoom({ ...moderated, "muc#roomconfig_allowvoicerequests": "0" }))).not.toContain(
      NS.mucRequest,
    );
    expect(features(openRoom())).not.toContain(NS.mucRequest);
  });

  it("describes the room in a muc#roominfo form (16.5.4)", () => {
    const driver = openRoom({
      "muc#roomconfig_roomdesc": "The place for all good witches!",
      "muc#roomconfig_lang": "en",
      "muc#roomconfig_changesubject": "1",
      "muc#maxhistoryfetch": "50",
    });
    driver.join(MEMBER, "thirdwitch");
    driver.send(OWNER, `<message type="groupchat" to="${ROOM}"><subject>Spells</subject></message>`);
    expect(extendedInfo(driver)).toMatchObject({
      FORM_TYPE: NS.mucRoomInfo,
      "muc#roominfo_description": "The place for all good witches!",
      "muc#roominfo_lang": "en",
      "muc#roominfo_subject": "Spells",
      "muc#roominfo_occupants": "2",
      "muc#roominfo_subjectmod": "1",
      "muc#maxhistoryfetch": "50",
    });
  });

  it("adds the logs, the contacts and fields of the configuration that clients need (6.4, 16.5.4)", () => {
    const driver = openRoom({
      "muc#roomconfig_roomname": "A Dark Cave",
      "muc#roominfo_logs": "https://logs.example/coven",
      "muc#roominfo_contactjid": ["crone1@shakespeare.example", "crone2@shakespeare.example"],
      "muc#roomconfig_allowpm": "moderators",
    });
    expect(extendedInfo(driver)).toMatchObject({
      "muc#roominfo_logs": "https://logs.example/coven",
      "muc#roomconfig_roomname": "A Dark Cave",
      "muc#roomconfig_changesubject": "0",
      "muc#roomconfig_allowinvites": "1",
      "muc#roomconfig_allowpm": "moderators",
    });
    const contacts = roomInfo(driver)
      ?.getChild("x", NS.dataForms)
      ?.getChildren("field")
      .find((field) => field.attrs.var === "muc#roominfo_contactjid");
    expect(contacts?.attrs.type).toBe("jid-multi");
    expect(contacts?.getChildren("value").map((value) => value.getText())).toEqual([
      "crone1@shakespeare.example",
      "crone2@shakespeare.example",
    ]);
  });

  it("omits empty fields, and limits the history to that of the service", () => {
    const info = extendedInfo(openRoom({}, { limits: { historyLength: 5 } }));
    expect(info["muc#maxhistoryfetch"]).toBe("5");
    expect(Object.keys(info)).not.toContain("muc#roominfo_description");
    expect(Object.keys(info)).not.toContain("muc#roominfo_subject");
    expect(Object.keys(info)).not.toContain("muc#roominfo_contactjid");
  });

  it.each([
    ["muc#roomconfig_membersonly", { "muc#roomconfig_membersonly": "1" }],
    ["muc#roomconfig_publicroom", { "muc#roomconfig_publicroom": "0" }],
    [
      "a password",
      { "muc#roomconfig_passwordprotectedroom": "1", "muc#roomconfig_roomsecret": "cauldronburn" },
    ],
  ])("hides the subject from outsiders if %s restricts the room (14.4)", (what, fields) => {
    const driver = openRoom({ ...fields, "muc#roominfo_logs": "https://logs.example/coven" });
    driver.join(MEMBER, "thirdwitch", "<password>cauldronburn</password>");
    driver.send(OWNER, `<message type="groupchat" to="${ROOM}"><subject>Spells</subject></message>`);
    expect(extendedInfo(driver)["muc#roominfo_subject"]).toBeUndefined();
    expect(extendedInfo(driver)["muc#roominfo_logs"]).toBeUndefined();
    expect(extendedInfo(driver, OWNER)["muc#roominfo_subject"]).toBe("Spells");
    if (what !== "muc#roomconfig_membersonly")
      expect(extendedInfo(driver, MEMBER)["muc#roominfo_subject"]).toBe("Spells");
  });

  it.each([
    [{}, "member", "Spells"],
    [{}, "outcast", undefined],
    [{ "muc#roomconfig_membersonly": "1" }, "member", "Spells"],
    [{ "muc#roomconfig_publicroom": "0" }, "member", "Spells"],
    [
      { "muc#roomconfig_passwordprotectedroom": "1", "muc#roomconfig_roomsecret": "cauldronburn" },
      "member",
      undefined,
    ],
    [
      { "muc#roomconfig_passwordprotectedroom": "1", "muc#roomconfig_roomsecret": "cauldronburn" },
      "admin",
      "Spells",
    ],
  ] as const)("with %j an absent %s gets the subject %j", (fields, affiliation, subject) => {
    const driver = openRoom(fields);
    driver.admin(OWNER, `<item jid="hecate@shakespeare.example" affiliation="${affiliation}"/>`);
    driver.send(OWNER, `<message type="groupchat" to="${ROOM}"><subject>Spells</subject></message>`);
    expect(extendedInfo(driver)["muc#roominfo_subject"]).toBe(subject);
  });

  it("hides the number of occupants of a hidden room from strangers (14.4)", () => {
    const driver = openRoom({ "muc#roomconfig_publicroom": "0" });
    expect(extendedInfo(driver)["muc#roominfo_occupants"]).toBeUndefined();
    expect(extendedInfo(driver, OWNER)["muc#roominfo_occupants"]).toBe("1");
  });

  it("does not exist for others until it is configured (10.1.1)", () => {
    const driver = new Driver();
    driver.join(OWNER, "firstwitch");
    const ask = (from: string) =>
      driver.send(from, `<iq type="get" id="i" to="${ROOM}"><query xmlns="${NS.discoInfo}"/></iq>`)[0];
    expect(errorOf(ask(OTHER))).toBe("cancel/item-not-found");
    expect(ask(OWNER)?.attrs.type).toBe("result");
  });

  it("never contains the password", () => {
    const fields = {
      "muc#roomconfig_passwordprotectedroom": "1",
      "muc#roomconfig_roomsecret": "cauldronburn",
    };
    expect(String(roomInfo(openRoom(fields)))).not.toContain("cauldronburn");
  });
});

describe("XEP-0045 6.5 querying for room items", () => {
  const PASSWORD = {
    "muc#roomconfig_passwordprotectedroom": "1",
    "muc#roomconfig_roomsecret": "cauldronburn",
  };
  const HIDDEN = { "muc#roomconfig_publicroom": "0" };
  const MEMBERS_ONLY = { "muc#roomconfig_membersonly": "1" };

  /** Returns the answer to disco#items of the room, and the nicknames in it. */
  function itemsOf(driver: Driver, from: string, set = "") {
    const [reply] = driver.send(
      from,
      `<iq type="get" id="n" to="${ROOM}"><query xmlns="${NS.discoItems}">${set}</query></iq>`,
    );
    const query = reply?.getChild("query", NS.discoItems);
    const items = (query?.getChildren("item") ?? []).map(({ attrs }) => attrs);
    return { reply, query, items, nicks: items.map(({ jid }) => jid?.slice(ROOM.length + 1)) };
  }

  it("lists the occupants of a public and open room to strangers, only by occupant JID", () => {
    const driver = openRoom();
    driver.join(MEMBER, "thirdwitch");
    const { reply, items } = itemsOf(driver, OTHER);
    expect(reply?.attrs).toMatchObject({ type: "result", from: ROOM, to: OTHER, id: "n" });
    expect(items).toEqual([{ jid: `${ROOM}/firstwitch` }, { jid: `${ROOM}/thirdwitch` }]);
  });

  it.each([
    ["hidden", HIDDEN],
    ["members-only", MEMBERS_ONLY],
    ["password-protected", PASSWORD],
  ])(
    "lists the occupants of a %s room only to occupants, not to others with or without affiliation",
    (_what, fields) => {
      const driver = openRoom(fields);
      driver.admin(OWNER, '<item affiliation="member" jid="hag66@shakespeare.example"/>');
      driver.admin(OWNER, '<item affiliation="member" jid="wiccarocks@shakespeare.example"/>');
      driver.join(MEMBER, "thirdwitch", "<password>cauldronburn</password>");
      expect(itemsOf(driver, MEMBER).nicks).toEqual(["firstwitch", "thirdwitch"]);
      for (const from of [
        OTHER,
        "wiccarocks@shakespeare.example/laptop",
        "hag66@shakespeare.example/elsewhere",
      ])
        expect(itemsOf(driver, from).query?.getChildElements()).toEqual([]);
    },
  );

  it("lists nothing to outcasts (14.4)", () => {
    const driver = openRoom();
    driver.admin(OWNER, '<item affiliation="outcast" jid="hecate@shakespeare.example"/>');
    expect(itemsOf(driver, OTHER).query?.getChildElements()).toEqual([]);
  });

  it("omits occupants whose presence is not broadcast (muc#roomconfig_presencebroadcast)", () => {
    const driver = openRoom({ "muc#roomconfig_presencebroadcast": ["moderator"] });
    driver.join(MEMBER, "thirdwitch");
    for (const from of [OTHER, OWNER]) expect(itemsOf(driver, from).nicks).toEqual(["firstwitch"]);
  });

  it("returns pages of at most 200 items (XEP-0059)", () => {
    const driver = openRoom(
      {},
      { limits: { occupantsPerRoom: 500, historyLength: 0, sentStanzaBytes: 262_144 } },
    );
    for (let n = 1; n < 250; n += 1) driver.join(`user${n}@shakespeare.example/pda`, `nick${n}`);
    const set = (content: string) => `<set xmlns="${NS.rsm}">${content}</set>`;
    const all = itemsOf(driver, OTHER);
    expect(all.nicks).toHaveLength(200);
    const rsm = all.query?.getChild("set", NS.rsm);
    expect(rsm?.getChild("count")?.getText()).toBe("250");
    const next = itemsOf(driver, OTHER, set(`<after>${rsm?.getChild("last")?.getText()}</after>`));
    expect(next.nicks).toHaveLength(50);
    expect(next.query?.getChild("set", NS.rsm)?.getChild("first")?.attrs.index).toBe("200");
    const back = itemsOf(driver, OTHER, set("<max>2</max><before/>"));
    expect(back.nicks).toEqual(["nick248", "nick249"]);
    expect(itemsOf(driver, OTHER, set("<max>0</max>")).nicks).toEqual([]);
    expect(errorOf(itemsOf(driver, OTHER, set(`<after>${ROOM}/gone</after>`)).reply)).toBe(
      "cancel/item-not-found",
    );
  });
});

describe("XEP-0045 7.12 discovering a reserved nickname", () => {
  const record: RoomRecord = {
    node: "coven",
    config: DEFAULT_ROOM_CONFIG,
    subject: undefined,
    affiliations: [
      { jid: "hag66@shakespeare.example", affiliation: "member", reason: undefined, nick: "thirdwitch" },
    ],
    notes: new Map(),
    locked: false,
    sessions: [],
  };

  it("answers the node x-roomuser-item with the requester's nickname, or without an identity if there is none", () => {
    const driver = new Driver({ records: [record] });
    const query = (from: string) =>
      ask(driver, NS.discoInfo, "x-roomuser-item", from)?.getChild("query", NS.discoInfo);
    expect(query(MEMBER)?.attrs.node).toBe("x-roomuser-item");
    expect(query(MEMBER)?.getChildElements().map(String)).toEqual([
      '<identity category="conference" type="text" name="thirdwitch"/>',
    ]);
    expect(query(OTHER)?.getChildElements()).toEqual([]);
  });
});

describe("XEP-0030 7 errors of a room's service discovery", () => {
  it.each([
    ["an unknown node of disco#info", NS.discoInfo, "nowhere", "cancel/item-not-found"],
    ["an unknown node of disco#items", NS.discoItems, "nowhere", "cancel/item-not-found"],
    [
      "muc#traffic, which is not restricted (XEP-0045 18.1.1)",
      NS.discoInfo,
      "http://jabber.org/protocol/muc#traffic",
      "cancel/service-unavailable",
    ],
  ])("%s", (_what, namespace, node, error) => {
    expect(errorOf(ask(openRoom(), namespace, node))).toBe(error);
  });

  it.each([NS.discoInfo, NS.discoItems])("a set of %s is not allowed", (namespace) => {
    const set = `<iq type="set" id="s" to="${ROOM}"><query xmlns="${namespace}"/></iq>`;
    expect(errorOf(openRoom().send(MEMBER, set)[0])).toBe("cancel/not-allowed");
  });
});
