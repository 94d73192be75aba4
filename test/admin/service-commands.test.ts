// Administration of the service by ad-hoc commands (XEP-0050), after the model of XEP-0133.
import { describe, expect, it } from "vitest";
import { OPERATION_COMMANDS } from "../../src/admin/operation-commands.ts";
import { roomToAdminister } from "../../src/admin/service-request.ts";
import { type Element, parse } from "../../src/xmpp/element.ts";
import { NS } from "../../src/xmpp/namespaces.ts";
import { readStanza } from "../../src/xmpp/stanza.ts";
import { heath as stored } from "../storage/records.ts";
import { brief, Driver, errorOf, MEMBER, OWNER, openRoom, ROOM, withMember } from "../support/room-driver.ts";

const SERVICE = "chat.example";
const ADMIN = "abbess@shakespeare.example/cell";
const admins = ["abbess@shakespeare.example"];
const VERONA = "verona#admin";
const LIST = "verona#list-rooms";

type Fields = Record<string, string>;

const submitted = (fields: Fields, type = VERONA) => {
  const written = Object.entries({ FORM_TYPE: type, ...fields }).map(
    ([name, value]) => `<field var="${name}"><value>${value}</value></field>`,
  );
  return `<x xmlns="${NS.dataForms}" type="submit">${written.join("")}</x>`;
};

function command(driver: Driver, node: string, content = "", from = ADMIN, attributes = ""): Element[] {
  const element = `<command xmlns="${NS.commands}" node="${node}" ${attributes}>${content}</command>`;
  return driver.send(from, `<iq type="set" id="c" to="${SERVICE}">${element}</iq>`);
}

const replyOf = (sent: readonly Element[]) =>
  sent.find((stanza) => stanza.getName() === "iq" && stanza.attrs.to === ADMIN);
const commandOf = (sent: readonly Element[]) => replyOf(sent)?.getChild("command", NS.commands);
const formOf = (sent: readonly Element[]) => commandOf(sent)?.getChild("x", NS.dataForms);
const valuesOf = (field: Element) => field.getChildren("value").map((value) => value.getText());
const fieldsOf = (form: Element | undefined) =>
  Object.fromEntries(
    (form?.getChildren("field") ?? []).map((field) => [field.attrs.var, valuesOf(field).join()]),
  );

function disco(driver: Driver, from: string, xmlns: string, node: string) {
  const query = `<query xmlns="${xmlns}" node="${node}"/>`;
  const [reply] = driver.send(from, `<iq type="get" id="d" to="${SERVICE}">${query}</iq>`);
  const elements = reply?.getChild("query")?.getChildElements();
  return errorOf(reply) ?? elements?.map(({ attrs }) => attrs);
}

const NODES = [
  LIST,
  "verona#configure-room",
  "verona#set-affiliation",
  "verona#destroy-room",
  "http://jabber.org/protocol/admin#announce",
  "verona#statistics",
  "verona#list-acts",
  ...OPERATION_COMMANDS.map(({ node }) => node),
];

describe("XEP-0050 2.1 and 2.2 the commands of the service", () => {
  it("are listed and described to its administrators only", () => {
    const driver = openRoom({}, { admins });
    const listed = disco(driver, ADMIN, NS.discoItems, NS.commands);
    expect(Array.isArray(listed) && listed.map(({ jid, node }) => [jid, node])).toEqual(
      NODES.map((node) => [SERVICE, node]),
    );
    expect(disco(driver, OWNER, NS.discoItems, NS.commands)).toEqual([]);
    expect(disco(driver, ADMIN, NS.discoInfo, LIST)).toContainEqual(
      expect.objectContaining({ category: "automation", type: "command-node" }),
    );
    expect(disco(driver, OWNER, NS.discoInfo, LIST)).toBe("cancel/item-not-found");
    expect(disco(driver, ADMIN, NS.discoInfo, "verona#nothing")).toBe("cancel/item-not-found");
  });

  it.each(NODES)("%s is forbidden for other users, including owners of rooms (XEP-0133 5)", (node) => {
    const driver = openRoom({}, { admins });
    const sent = command(driver, node, submitted({ "verona#room": "coven" }), OWNER);
    expect(sent.map((stanza) => errorOf(stanza))).toEqual(["cancel/forbidden"]);
    expect(driver.registry.get("coven")).toBeDefined();
  });
});

describe("the list of rooms", () => {
  function manyRooms() {
    const driver = new Driver({ admins });
    for (const room of ["heath", "abbey", "cave"]) driver.join(OWNER, "witch", "", `${room}@${SERVICE}`);
    driver.join(`${OWNER}2`, "witch", "", `cave@${SERVICE}`);
    driver.registry.unload(Number.POSITIVE_INFINITY, () => false);
    return driver;
  }
  const list = (driver: Driver, fields: Fields) => {
    const items = formOf(command(driver, LIST, submitted(fields)))?.getChildren("item") ?? [];
    return items.map((item) => fieldsOf(item)["verona#room"]);
  };

  it("has hidden and locked rooms too, in pages and filtered by text", () => {
    const driver = manyRooms();
    expect(list(driver, {})).toEqual([`abbey@${SERVICE}`, `cave@${SERVICE}`, `heath@${SERVICE}`]);
    const page = { "verona#max_items": "1", "verona#after": `abbey@${SERVICE}` };
    expect(list(driver, page)).toEqual([`cave@${SERVICE}`]);
    const sent = command(driver, LIST, submitted(page));
    const [cave] = formOf(sent)?.getChildren("item") ?? [];
    expect(fieldsOf(cave)).toEqual({
      "verona#room": `cave@${SERVICE}`,
      "verona#name": "",
      "verona#occupants": "1",
      "verona#sessions": "2",
      "verona#persistent": "0",
      "verona#public": "1",
      "verona#locked": "1",
    });
    const note = (fields: Fields) =>
      commandOf(command(driver, LIST, submitted(fields)))
        ?.getChild("note")
        ?.getText();
    expect(note(page)).toBe("Rooms shown: 1; more rooms follow");
    expect(note({ "verona#after": "cave" })).toBe("Rooms shown: 1; no more rooms follow");
    expect(list(driver, { "verona#filter": "EAT" })).toEqual([`heath@${SERVICE}`]);
  });

  it("has rooms that are not in memory, in any number", () => {
    const records = Array.from({ length: 1_200 }, (_, i) => ({
      ...stored,
      node: `n${1_000 + i}`,
      config: { ...stored.config, name: i < 1_190 ? "Cave" : "Heath", public: false },
    }));
    const driver = new Driver({ admins, records });
    driver.registry.unload(Number.POSITIVE_INFINITY, () => false);
    expect([...driver.registry.all()]).toEqual([]);
    const found = list(driver, { "verona#filter": "heath", "verona#max_items": "5" });
    expect(found).toEqual([2_190, 2_191, 2_192, 2_193, 2_194].map((node) => `n${node}@${SERVICE}`));
  });

  it("limits the page size (XEP-0133)", () => {
    expect(list(manyRooms(), { "verona#max_items": "99999" })).toHaveLength(3);
  });

  it.each([{ "verona#max_items": "0" }, { "verona#after": "cave@elsewhere.example" }])(
    "refuses invalid pages: %j (XEP-0050 4.4 bad-payload)",
    (fields) => {
      const sent = command(manyRooms(), LIST, submitted(fields as Fields));
      expect(errorOf(replyOf(sent))).toBe("modify/bad-request");
      expect(String(sent)).toContain("bad-payload");
    },
  );
});

describe("the configuration of any room", () => {
  const node = "verona#configure-room";

  it("has two stages: the room, then its form (XEP-0050 3.4); occupants get 104", () => {
    const driver = withMember({}, { admins });
    const first = commandOf(command(driver, node));
    expect(first?.getChild("actions")?.attrs.execute).toBe("next");
    const session = `sessionid="${first?.attrs.sessionid}"`;
    const room = { "verona#room": ROOM };
    const stage = command(driver, node, submitted(room), ADMIN, `${session} action="next"`);
    expect(commandOf(stage)?.attrs).toMatchObject({
      status: "executing",
      sessionid: first?.attrs.sessionid,
    });
    expect(fieldsOf(formOf(stage))).toMatchObject({
      FORM_TYPE: NS.mucRoomConfig,
      "muc#roomconfig_roomname": "",
      ...room,
    });
    const filled = submitted({ ...room, "muc#roomconfig_roomname": "The cave" }, NS.mucRoomConfig);
    const done = command(driver, node, filled, ADMIN, session);
    expect(commandOf(done)?.attrs.status).toBe("completed");
    expect(done.map(brief)).toContain("message groupchat @ > hag66 104");
    expect(driver.registry.get("coven")?.config.name).toBe("The cave");
  });

  it("refuses invalid forms, unknown rooms and rooms of other services", () => {
    const driver = openRoom({}, { admins });
    const wrong = { "verona#room": "coven", "muc#roomconfig_whois": "nobody" };
    expect(errorOf(replyOf(command(driver, node, submitted(wrong, NS.mucRoomConfig))))).toBe(
      "modify/not-acceptable",
    );
    for (const room of ["heath", "coven@elsewhere.example", "@", ""])
      expect(errorOf(replyOf(command(driver, node, submitted({ "verona#room": room }))))).toBe(
        "cancel/item-not-found",
      );
  });
});

describe("the room that a command needs in memory", () => {
  const environment = { domain: SERVICE, isServiceAdmin: (jid: string) => admins.includes(jid) };
  const named = (room: string, from = ADMIN, to = SERVICE, type = "set") => {
    const content = `<command xmlns="${NS.commands}">${submitted({ "verona#room": room })}</command>`;
    const stanza = readStanza(parse(`<iq type="${type}" id="i" from="${from}" to="${to}">${content}</iq>`));
    return stanza && roomToAdminister(stanza, environment);
  };

  it.each(["Coven", " coven ", `Coven@${SERVICE}`])("is the room that its form names: %j", (room) => {
    expect(named(room)).toBe("coven");
  });

  it("is none for names outside this service, for commands to rooms, and for other users than administrators", () => {
    for (const room of ["", "@", "coven@elsewhere.example", SERVICE]) expect(named(room)).not.toBe("coven");
    expect(named("coven", OWNER)).toBeUndefined();
    expect(named("coven", ADMIN, ROOM)).toBeUndefined();
    expect(named("coven", ADMIN, SERVICE, "result")).toBeUndefined();
  });
});

describe("administration of a room", () => {
  it("sets another owner, and keeps at least one (XEP-0045 10.3 and 10.4)", () => {
    const driver = withMember({ "muc#roomconfig_persistentroom": "1" }, { admins });
    const set = (jid: string, affiliation: string) => {
      const fields = { "verona#room": "coven", "verona#jid": jid, "verona#affiliation": affiliation };
      return command(driver, "verona#set-affiliation", submitted(fields));
    };
    expect(errorOf(replyOf(set("crone1@shakespeare.example", "none")))).toBe("cancel/conflict");
    expect(set("hag66@shakespeare.example", "owner").map(brief)).toContain(
      "presence thirdwitch > hag66 owner/moderator jid 110",
    );
    expect(errorOf(replyOf(set("crone1@shakespeare.example", "none")))).toBeUndefined();
    const record = expect.objectContaining({ jid: "crone1@shakespeare.example", affiliation: "none" });
    expect(driver.journal).toContainEqual({ kind: "affiliation-changed", node: "coven", record });
    expect(errorOf(replyOf(set("", "none")))).toBe("modify/bad-request");
  });

  it("destroys the room with reason and venue (XEP-0045 10.9)", () => {
    const driver = withMember({ "muc#roomconfig_persistentroom": "1" }, { admins });
    const fields = { "verona#room": ROOM, "verona#venue": "heath@chat.example", "verona#reason": "Too dark" };
    const sent = command(driver, "verona#destroy-room", submitted(fields));
    const removal = sent.find((stanza) => stanza.attrs.to === MEMBER);
    expect(String(removal)).toContain(
      '<destroy jid="heath@chat.example"><reason>Too dark</reason></destroy>',
    );
    expect(driver.registry.get("coven")).toBeUndefined();
    expect(driver.journal).toContainEqual({ kind: "room-removed", node: "coven" });
  });
});

describe("XEP-0133 4.23 an announcement", () => {
  const ADMIN_FORM = "http://jabber.org/protocol/admin";
  const announce = (driver: Driver, text: string) =>
    command(driver, `${ADMIN_FORM}#announce`, submitted({ announcement: text }, ADMIN_FORM));

  it("is sent by every room to its occupants", () => {
    const driver = withMember({}, { admins });
    driver.join(OWNER, "witch", "", `heath@${SERVICE}`);
    const sent = announce(driver, "We close &lt; 5 minutes");
    const announcements = sent.map((stanza) => [
      stanza.attrs.from,
      stanza.attrs.to,
      stanza.getChild("body")?.getText(),
    ]);
    expect(announcements).toEqual([
      [ROOM, OWNER, "We close < 5 minutes"],
      [ROOM, MEMBER, "We close < 5 minutes"],
      [`heath@${SERVICE}`, OWNER, "We close < 5 minutes"],
      [SERVICE, ADMIN, undefined],
    ]);
  });

  it("is refused until rooms with occupants are in memory after the start (wait)", () => {
    const driver = withMember({}, { admins });
    driver.registry.isLoading = true;
    const sent = announce(driver, "We close");
    expect(sent.map((stanza) => errorOf(stanza))).toEqual(["wait/resource-constraint"]);
    const counters = commandOf(command(driver, "verona#statistics"));
    expect(counters?.getChild("note")?.getText()).toContain("still loading");
    driver.registry.isLoading = false;
    expect(announce(driver, "We close")).toHaveLength(3);
  });

  it("must not be empty (bad-payload)", () => {
    expect(errorOf(replyOf(announce(openRoom({}, { admins }), " ")))).toBe("modify/bad-request");
  });
});

it("counters show rooms, occupants, clients, messages, the time since the start and memory", () => {
  const driver = withMember({}, { admins, records: [{ ...stored, sessions: [] }] });
  driver.registry.unload(Number.POSITIVE_INFINITY, () => false);
  driver.join("hag66@shakespeare.example/laptop", "thirdwitch");
  driver.say(MEMBER, "hail");
  driver.now += 90_500;
  expect(fieldsOf(formOf(command(driver, "verona#statistics")))).toEqual({
    FORM_TYPE: VERONA,
    "verona#rooms": "2",
    "verona#rooms_in_memory": "1",
    "verona#occupants": "2",
    "verona#sessions": "3",
    "verona#messages": "1",
    "verona#uptime": "90",
    "verona#memory": "64",
  });
});
