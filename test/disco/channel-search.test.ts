import { beforeEach, describe, expect, it } from "vitest";
import { child, type Element } from "../../src/xmpp/element.ts";
import { NS } from "../../src/xmpp/namespaces.ts";
import { Driver, errorOf, MEMBER, OTHER, OWNER } from "../support/room-driver.ts";
import { roomRecord } from "../support/room-record.ts";

const BY_ADDRESS = "{urn:xmpp:channel-search:0:order}address";
const BY_USERS = "{urn:xmpp:channel-search:0:order}nusers";

let driver: Driver;
beforeEach(() => {
  const records = [
    roomRecord("heath", { name: "A Lonely Heath", description: "Witches meet", language: "en" }),
    roomRecord("coven", {
      name: "A Dark Cave",
      description: "The place for all good witches!",
      whois: "anyone",
    }),
    roomRecord("forres", { name: "The Palace", membersOnly: true }),
    roomRecord("inverness"),
    roomRecord("cell", { name: "Hidden witches", public: false }),
  ];
  driver = new Driver({ records });
  driver.join(OWNER, "firstwitch");
  driver.join(MEMBER, "thirdwitch");
  driver.join(OTHER, "king", "", "inverness@chat.example");
});

const send = (content: string) =>
  driver.send(
    MEMBER,
    `<iq type="get" id="s" to="chat.example"><search xmlns="${NS.channelSearch}">${content}</search></iq>`,
  )[0];

function search(fields: Record<string, string>, set = ""): Element | undefined {
  const all = Object.entries({ FORM_TYPE: NS.channelSearchParams, ...fields });
  const written = all.map(([name, value]) => `<field var="${name}"><value>${value}</value></field>`).join("");
  return send(`${set}<x xmlns="jabber:x:data" type="submit">${written}</x>`);
}

const items = (reply: Element | undefined) =>
  reply?.getChild("result", NS.channelSearch)?.getChildren("item") ?? [];
const nodes = (reply: Element | undefined) =>
  items(reply)
    .map((item) => item.attrs.address?.split("@")[0])
    .join(" ");

describe("XEP-0433 4.2.1 the search form", () => {
  it("has every field with its default", () => {
    const form = send("")?.getChild("search", NS.channelSearch)?.getChild("x", NS.dataForms);
    expect(form?.attrs.type).toBe("form");
    const fields = form
      ?.getChildren("field")
      .map((field) => [field.attrs.var, field.getChild("value")?.getText()]);
    expect(fields).toEqual([
      ["FORM_TYPE", "urn:xmpp:channel-search:0:search-params"],
      ["q", undefined],
      ["all", "false"],
      ["sinname", "true"],
      ["sindescription", "true"],
      ["sinaddress", "true"],
      ["min_users", "0"],
      ["types", "xep-0045"],
      ["key", BY_USERS],
    ]);
  });
});

describe("XEP-0433 4.2.2 search requests", () => {
  it("find public rooms by words in name, description and address, most users first", () => {
    expect(nodes(search({ q: "WITCHES" }))).toBe("coven heath");
    expect(nodes(search({ q: "witches lonely" }))).toBe("heath");
    expect(nodes(search({ q: "inverness@" }))).toBe("inverness");
    expect(nodes(search({ all: "true" }))).toBe("coven inverness forres heath");
    expect(nodes(search({ all: "1", key: BY_ADDRESS }))).toBe("coven forres heath inverness");
  });

  it.each([
    [{ q: "witches", sindescription: "0" }, ""],
    [{ q: "cave", sinname: "0" }, ""],
    [{ q: "coven", sinaddress: "0" }, ""],
    [{ q: "coven", sinaddr: "false" }, ""],
    [{ all: "1", min_users: "1" }, "coven inverness"],
    [{ all: "1", types: "xep-0369" }, ""],
    [{ q: "", all: "1", "{urn:example}new": "x", min_users: "2" }, "coven"],
  ])("%j finds %j; an empty answer is a result", (fields, found) => {
    const reply = search(fields);
    expect(reply?.attrs.type).toBe("result");
    expect(nodes(reply)).toBe(found);
  });

  it("return the attributes of a room (6.2)", () => {
    const attributesOf = (node: string) =>
      Object.fromEntries(
        items(search({ q: node }))[0]
          ?.getChildElements()
          .map((el) => [el.getName(), el.getText()]) ?? [],
      );
    expect(attributesOf("heath")).toEqual({
      name: "A Lonely Heath",
      description: "Witches meet",
      language: "en",
      nusers: "0",
      "service-type": "xep-0045",
      "is-open": "true",
      "anonymity-mode": "muc_semianonymous",
    });
    expect(attributesOf("coven")["anonymity-mode"]).toBe("{urn:xmpp:channel-search:0:anonymity}none");
    expect(attributesOf("forres")["is-open"]).toBeUndefined();
  });

  it.each([BY_ADDRESS, BY_USERS])("return pages, sorted by %s, without gaps when rooms change", (key) => {
    const page = (place: string) =>
      search({ all: "1", key }, `<set xmlns="${NS.rsm}"><max>2</max>${place}</set>`);
    const whole = nodes(search({ all: "1", key })).split(" ");
    const first = page("");
    expect(nodes(first)).toBe(whole.slice(0, 2).join(" "));
    const set = first?.getChild("result", NS.channelSearch)?.getChild("set", NS.rsm);
    expect(set?.getChild("count")?.getText()).toBe("4");
    driver.end(whole[1] ?? "");
    expect(nodes(page(`<after>${set?.getChild("last")?.getText()}</after>`))).toBe(whole.slice(2).join(" "));
    expect(errorOf(page("<after>nowhere</after>"))).toBe("cancel/item-not-found");
  });

  it.each([
    [{}, "cancel/bad-request", "no-search-conditions"],
    [{ all: "0" }, "cancel/bad-request", "no-search-conditions"],
    [{ q: " " }, "modify/bad-request", "invalid-search-terms"],
    [{ q: "a ".repeat(21) }, "modify/bad-request", "invalid-search-terms"],
    [{ q: "a".repeat(251) }, "modify/bad-request", "invalid-search-terms"],
    [{ q: "cave", all: "1" }, "modify/bad-request", "conflicting-fields"],
    [
      { q: "cave", sinname: "0", sindescription: "0", sinaddress: "0" },
      "modify/bad-request",
      "conflicting-fields",
    ],
    [{ q: "cave", key: "age" }, "modify/feature-not-implemented", "invalid-sort-key"],
  ])("%j is refused with %s and %s", (fields, error, specific) => {
    const reply = search(fields as Record<string, string>);
    expect(errorOf(reply)).toBe(error);
    const condition = reply && child(reply, "error")?.getChild(specific, "urn:xmpp:channel-search:0:error");
    expect(condition).toBeDefined();
  });
});
