// Searches (XEP-0433) for more rooms than are sorted.
import { beforeAll, describe, expect, it } from "vitest";
import type { Element } from "../../src/xmpp/element.ts";
import { NS } from "../../src/xmpp/namespaces.ts";
import { Driver, errorOf, MEMBER, OTHER, OWNER } from "../support/room-driver.ts";
import { roomRecord } from "../support/room-record.ts";

const BY_ADDRESS = "{urn:xmpp:channel-search:0:order}address";
const NODES = Array.from({ length: 6_200 }, (_, index) => `room${String(index).padStart(4, "0")}`);

const record = (node: string) => roomRecord(node, { name: node === "room6150" ? "A rare cave" : "A cave" });

let driver: Driver;
beforeAll(() => {
  driver = new Driver({ records: NODES.map(record) });
  driver.join(OWNER, "firstwitch", "", "room0700@chat.example");
  driver.join(MEMBER, "thirdwitch", "", "room0700@chat.example");
  driver.join(OTHER, "king", "", "room0003@chat.example");
});

function search(fields: Record<string, string>, place = "", max = 3): Element | undefined {
  const all = Object.entries({ FORM_TYPE: NS.channelSearchParams, ...fields });
  const written = all.map(([name, value]) => `<field var="${name}"><value>${value}</value></field>`).join("");
  const set = `<set xmlns="${NS.rsm}"><max>${max}</max>${place}</set>`;
  const content = `${set}<x xmlns="jabber:x:data" type="submit">${written}</x>`;
  return driver.send(
    MEMBER,
    `<iq type="get" id="s" to="chat.example"><search xmlns="${NS.channelSearch}">${content}</search></iq>`,
  )[0];
}

function pageOf(reply: Element | undefined) {
  const found = reply?.getChild("result", NS.channelSearch);
  const set = found?.getChild("set", NS.rsm);
  const first = set?.getChild("first");
  return {
    nodes: found?.getChildren("item").map((item) => item.attrs.address?.split("@")[0]) ?? [],
    first: first?.getText(),
    index: first?.attrs.index,
    last: set?.getChild("last")?.getText(),
    count: set?.getChild("count")?.getText(),
  };
}

describe("XEP-0433 4.2.2 a search that finds thousands of rooms", () => {
  it.each([{ all: "1" }, { q: "cave" }, { q: "chat.example" }])(
    "%j gives those with users first, and goes on in the order of addresses",
    (fields) => {
      const page = pageOf(search(fields));
      expect(page.nodes).toEqual(["room0700", "room0003", "room0000"]);
      expect([page.first, page.last]).toEqual(["2:room0700@chat.example", "0:room0000@chat.example"]);
      const next = pageOf(search(fields, `<after>${page.last}</after>`));
      expect(next.nodes).toEqual(["room0001", "room0002", "room0004"]);
      const behindFirst = pageOf(search(fields, "<after>2:room0700@chat.example</after>"));
      expect(behindFirst.nodes).toEqual(["room0003", "room0000", "room0001"]);
    },
  );

  it("goes back (XEP-0059 2.3), from the end too (2.5)", () => {
    const before = (place: string) => pageOf(search({ q: "cave" }, place)).nodes;
    expect(before("<before/>")).toEqual(["room6197", "room6198", "room6199"]);
    expect(before("<before>0:room0005@chat.example</before>")).toEqual(["room0001", "room0002", "room0004"]);
    expect(before("<before>0:room0001@chat.example</before>")).toEqual(["room0700", "room0003", "room0000"]);
    expect(before("<before>1:room0003@chat.example</before>")).toEqual(["room0700"]);
  });

  it("counts all rooms and the place of a page among them, where all are asked for (XEP-0059 2.6)", () => {
    const placed = (place: string, key = "{urn:xmpp:channel-search:0:order}nusers") => {
      const { index, count, nodes } = pageOf(search({ all: "1", key }, place));
      return [index, count, nodes[0]];
    };
    expect(placed("")).toEqual(["0", "6200", "room0700"]);
    expect(placed("<after>0:room0004@chat.example</after>")).toEqual(["6", "6200", "room0005"]);
    expect(placed("<after>0:room0800@chat.example</after>")).toEqual(["801", "6200", "room0801"]);
    expect(placed("<index>1</index>")).toEqual(["1", "6200", "room0003"]);
    expect(placed("<index>5000</index>", BY_ADDRESS)).toEqual(["5000", "6200", "room5000"]);
    expect(pageOf(search({ all: "1" }, "", 0))).toMatchObject({ nodes: [], count: "6200" });
    expect(errorOf(search({ all: "1" }, "<index>5000</index>"))).toBe("cancel/feature-not-implemented");
    expect(errorOf(search({ all: "1" }, "<after>nowhere</after>"))).toBe("cancel/item-not-found");
  });

  it("finds few rooms among them by any part of a word", () => {
    for (const q of ["rare", "ar", "6150", "room6150@chat.ex"])
      expect(pageOf(search({ q })).nodes).toEqual(["room6150"]);
    expect(pageOf(search({ q: "rare" }))).toMatchObject({ nodes: ["room6150"], count: "1" });
    expect(pageOf(search({ q: "rare cavern" })).nodes).toEqual([]);
  });

  it("names the last room that it looked at, if it has found nothing among thousands", () => {
    // Every room has the word, but not where it is looked for.
    const fields = { q: "cave r", sinname: "0", sindescription: "0" };
    const page = pageOf(search(fields));
    expect(page.nodes).toEqual([]);
    expect([page.first, page.last]).toEqual(["0:room4999@chat.example", "0:room4999@chat.example"]);
    const end = pageOf(search(fields, `<after>${page.last}</after>`));
    expect([end.nodes, end.last]).toEqual([[], undefined]);
  });

  it("finds those with so many users without the others", () => {
    expect(pageOf(search({ all: "1", min_users: "1" }))).toMatchObject({
      nodes: ["room0700", "room0003"],
      count: "2",
    });
  });
});
