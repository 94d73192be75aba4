import { beforeEach, describe, expect, it } from "vitest";
import { NS } from "../../src/xmpp/namespaces.ts";
import { Driver, errorOf, MEMBER, OWNER } from "../support/room-driver.ts";
import { roomRecord } from "../support/room-record.ts";

const record = (node: string, isPublic = true) => roomRecord(node, { public: isPublic });

let driver: Driver;
beforeEach(() => {
  const nodes = ["forres", "coven", "inverness", "heath", "elgin"];
  driver = new Driver({ records: [...nodes.map((node) => record(node)), record("fife", false)] });
});

const ask = (set: string) =>
  driver.send(
    MEMBER,
    `<iq type="get" id="l" to="chat.example"><query xmlns="${NS.discoItems}">${set}</query></iq>`,
  )[0];

/** Returns the nodes of one page and its `set` element: first, its index, last and count. */
function page(content: string): unknown[] {
  const query = ask(`<set xmlns="${NS.rsm}">${content}</set>`)?.getChild("query", NS.discoItems);
  const nodes = query?.getChildren("item").map((item) => item.attrs.jid?.split("@")[0]);
  const set = query?.getChild("set", NS.rsm);
  const text = (name: string) => set?.getChild(name)?.getText().split("@")[0];
  return [nodes?.join(" "), text("first"), set?.getChild("first")?.attrs.index, text("last"), text("count")];
}

describe("XEP-0045 6.3 and XEP-0059 the list of rooms in pages", () => {
  it.each([
    ["the first page", "<max>2</max>", ["coven elgin", "coven", "0", "elgin", "5"]],
    [
      "the page after a room",
      "<max>2</max><after>elgin@chat.example</after>",
      ["forres heath", "forres", "2", "heath", "5"],
    ],
    [
      "the rest after a room",
      "<max>9</max><after>heath@chat.example</after>",
      ["inverness", "inverness", "4", "inverness", "5"],
    ],
    [
      "the page before a room",
      "<max>2</max><before>heath@chat.example</before>",
      ["elgin forres", "elgin", "1", "forres", "5"],
    ],
    [
      "a short page before a room",
      "<max>9</max><before>elgin@chat.example</before>",
      ["coven", "coven", "0", "coven", "5"],
    ],
    ["the last page", "<max>2</max><before/>", ["heath inverness", "heath", "3", "inverness", "5"]],
    ["a page by its index", "<max>2</max><index>1</index>", ["elgin forres", "elgin", "1", "forres", "5"]],
    ["an index past the end", "<max>2</max><index>5</index>", ["", undefined, undefined, undefined, "5"]],
    ["the count alone", "<max>0</max>", ["", undefined, undefined, undefined, "5"]],
    [
      "all rooms, without a maximum",
      "",
      ["coven elgin forres heath inverness", "coven", "0", "inverness", "5"],
    ],
  ])("%s", (_what, set, expected) => {
    expect(page(set)).toEqual(expected);
  });

  it("continues after a room that has been removed, and finds new rooms (XEP-0059 2.2)", () => {
    driver.end("elgin");
    expect(page("<max>1</max><after>elgin@chat.example</after>")[0]).toBe("forres");
    driver.join(OWNER, "x", "", "fo@chat.example");
    driver.send(
      OWNER,
      `<iq type="set" id="c" to="fo@chat.example"><query xmlns="${NS.mucOwner}"><x xmlns="jabber:x:data" type="submit"/></query></iq>`,
    );
    expect(page("<max>1</max><after>elgin@chat.example</after>")[0]).toBe("fo");
  });

  it.each([
    "<max/>",
    "<max> </max>",
    "<max>2147483647</max>",
    `<max>${"9".repeat(400)}</max>`,
    "<max>0009</max>",
  ])("returns a page of the service's size if the request has none or a larger one: %s", (max) => {
    expect(page(max)[0]).toBe("coven elgin forres heath inverness");
  });

  it("a very large index is past the end", () =>
    expect(page("<index>99999999999</index>")).toEqual(["", undefined, undefined, undefined, "5"]));

  it.each([
    ["an invalid address", "<after>elgin</after>", "cancel/item-not-found"],
    ["an invalid address", "<before>elgin</before>", "cancel/item-not-found"],
    ["a maximum that is not a number", "<max>many</max>", "modify/bad-request"],
    ["an index that is not a number", "<index>-1</index>", "modify/bad-request"],
  ])("refuses %s: %s", (_what, set, error) => {
    expect(errorOf(ask(`<set xmlns="${NS.rsm}">${set}</set>`))).toBe(error);
  });

  it("has no set element if the list is complete and no page was requested, or if it is empty (XEP-0059 2.2)", () => {
    expect(String(ask(""))).not.toContain(NS.rsm);
    driver = new Driver();
    expect(String(ask(`<set xmlns="${NS.rsm}"><max>2</max></set>`))).not.toContain(NS.rsm);
  });

  describe("of rooms with long names returns as many as fit into a stanza", () => {
    const name = "é".repeat(250);
    const records = Array.from({ length: 201 }, (_, n) => {
      const room = record(`room${String(n).padStart(3, "0")}`);
      return { ...room, config: { ...room.config, name } };
    });
    beforeEach(() => {
      driver = new Driver({ records, limits: { sentStanzaBytes: 100_000 } });
    });

    it("from the start, with a set element", () => {
      const answer = ask("");
      expect(Buffer.byteLength(String(answer))).toBeLessThan(100_000);
      const query = answer?.getChild("query", NS.discoItems);
      const items = query?.getChildren("item") ?? [];
      expect(items.length).toBeGreaterThan(10);
      expect(items.length).toBeLessThan(200);
      const set = query?.getChild("set", NS.rsm);
      expect(set?.getChild("last")?.getText()).toBe(items.at(-1)?.attrs.jid);
      expect(set?.getChild("count")?.getText()).toBe("201");
    });

    it("before a room, with the nearest ones (XEP-0059 2.3)", () => {
      const [nodes, first, index, last] = page("<before>room150@chat.example</before>");
      expect(last).toBe("room149");
      expect(first).toBe(`room${String(index).padStart(3, "0")}`);
      expect(String(nodes).split(" ")[0]).toBe(first);
    });
  });

  it("of more than 200 rooms returns the first 200 with a set element (6.3)", () => {
    const records = Array.from({ length: 201 }, (_, n) => record(`room${String(n).padStart(3, "0")}`));
    driver = new Driver({ records });
    const query = ask("")?.getChild("query", NS.discoItems);
    expect(query?.getChildren("item")).toHaveLength(200);
    expect(query?.getChild("set", NS.rsm)?.getChild("count")?.getText()).toBe("201");
    expect(page("<after>room199@chat.example</after>")[0]).toBe("room200");
  });
});
