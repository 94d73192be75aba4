import { describe, expect, it } from "vitest";
import type { Element } from "../../src/xmpp/element.ts";
import { NS } from "../../src/xmpp/namespaces.ts";
import { Driver, errorOf, MEMBER, OWNER, openRoom } from "../support/room-driver.ts";

const SERVICE = "chat.example";

function ask(payload: string, { driver = new Driver(), type = "get" } = {}): Element | undefined {
  const replies = driver.send(MEMBER, `<iq type="${type}" id="q1" to="${SERVICE}">${payload}</iq>`);
  expect(replies).toHaveLength(1);
  expect(replies[0]?.attrs).toMatchObject({ id: "q1", from: SERVICE, to: MEMBER });
  return replies[0];
}

const textOf = (element: Element | undefined, name: string) => element?.getChild(name)?.getText();

describe("XEP-0045 6.2 discovering the features of the service", () => {
  it("answers disco#info with its identity and all features", () => {
    const query = ask(`<query xmlns="${NS.discoInfo}"/>`)?.getChild("query", NS.discoInfo);
    expect(query?.getChild("identity")?.attrs).toEqual({
      category: "conference",
      type: "text",
      name: "Chatrooms",
    });
    const features = query?.getChildren("feature").map((feature) => feature.attrs.var);
    const supported = [NS.discoInfo, NS.discoItems, NS.muc, NS.mucStableId, NS.mucUnique, NS.rsm];
    const more = [NS.channelSearch, NS.commands, NS.vcard, NS.occupantId, NS.version, NS.ping, NS.time];
    expect([...(features ?? [])].sort()).toEqual([...supported, ...more].sort());
  });

  it("has no feature for registration, which is with rooms (7.10)", () => {
    const info = String(ask(`<query xmlns="${NS.discoInfo}"/>`));
    expect(info).not.toContain(NS.register);
  });

  it("has the contact addresses that the operator has configured (XEP-0157)", () => {
    const contacts = { abuse: ["mailto:abuse@example.org", "xmpp:abuse@example.org"], sales: [] };
    const query = ask(`<query xmlns="${NS.discoInfo}"/>`, { driver: new Driver({ contacts }) });
    const form = query?.getChild("query", NS.discoInfo)?.getChild("x", NS.dataForms);
    const fields = form
      ?.getChildren("field")
      .map((field) => [
        field.attrs.var,
        field.attrs.type,
        field.getChildren("value").map((value) => value.getText()),
      ]);
    expect(fields).toEqual([
      ["FORM_TYPE", "hidden", ["http://jabber.org/network/serverinfo"]],
      ["abuse-addresses", "list-multi", ["mailto:abuse@example.org", "xmpp:abuse@example.org"]],
    ]);
    expect(String(ask(`<query xmlns="${NS.discoInfo}"/>`))).not.toContain("serverinfo");
  });
});

describe("XEP-0307 unique room names", () => {
  const unique = `<unique xmlns="${NS.mucUnique}"/>`;

  it("belong to no room and differ each time", () => {
    const driver = new Driver();
    const names = [1, 2].map(() => ask(unique, { driver })?.getChild("unique", NS.mucUnique)?.getText());
    expect(new Set(names).size).toBe(2);
    for (const name of names) expect(driver.registry.get(name ?? "")).toBeUndefined();
  });

  it("are for users who may create rooms", () => {
    const driver = new Driver({ mayCreateRooms: () => false });
    expect(errorOf(ask(unique, { driver }))).toBe("cancel/not-allowed");
  });
});

describe("XEP-0045 6.3 discovering rooms", () => {
  const rooms = (driver: Driver) =>
    ask(`<query xmlns="${NS.discoItems}"/>`, { driver })
      ?.getChild("query", NS.discoItems)
      ?.getChildren("item")
      .map((item) => item.attrs);

  it("lists public rooms with their names", () => {
    const named = { "muc#roomconfig_roomname": "A Dark Cave" };
    expect(rooms(openRoom(named))).toEqual([{ jid: "coven@chat.example", name: "A Dark Cave" }]);
  });

  it("lists neither hidden rooms nor those that are not configured yet", () => {
    const driver = openRoom({ "muc#roomconfig_publicroom": "0" });
    driver.join(OWNER, "firstwitch", "", "heath@chat.example");
    expect(rooms(driver)).toEqual([]);
  });
});

describe("other requests that the service answers", () => {
  it("the version (XEP-0092), without the operating system", () => {
    const query = ask(`<query xmlns="${NS.version}"/>`)?.getChild("query", NS.version);
    expect([textOf(query, "name"), textOf(query, "version")]).toEqual(["Verona", "1.2.3"]);
    expect(query?.getChild("os")).toBeUndefined();
  });

  it("a ping (XEP-0199)", () => {
    const reply = ask(`<ping xmlns="${NS.ping}"/>`);
    expect([reply?.attrs.type, reply?.getChildElements()]).toEqual(["result", []]);
  });

  it("the time, in UTC (XEP-0202)", () => {
    const time = ask(`<time xmlns="${NS.time}"/>`)?.getChild("time", NS.time);
    expect([textOf(time, "utc"), textOf(time, "tzo")]).toEqual(["2026-01-01T00:00:00Z", "+00:00"]);
  });
});

describe("requests that the service refuses (RFC 6120 8.3, XEP-0030 7)", () => {
  it.each([
    [NS.discoInfo, "cancel/item-not-found"],
    [NS.discoItems, "cancel/item-not-found"],
  ])("an unknown node of %s", (namespace, error) => {
    expect(errorOf(ask(`<query xmlns="${namespace}" node="nowhere"/>`))).toBe(error);
  });

  it.each([
    ["get", '<vCard xmlns="vcard-temp"/>'],
    ["get", `<query xmlns="${NS.register}"/>`],
    ["get", `<query xmlns="${NS.mucOwner}"/>`],
    ["set", `<query xmlns="${NS.discoInfo}"/>`],
    ["set", `<ping xmlns="${NS.ping}"/>`],
    ["set", '<query xmlns="urn:example:unknown"/>'],
  ])("a %s of %s", (type, payload) => {
    expect(errorOf(ask(payload, { type }))).toBe("cancel/service-unavailable");
  });
});
