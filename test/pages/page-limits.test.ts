// What readers of the public pages may cost, and what search engines are told.
import { describe, expect, it } from "vitest";
import type { Records } from "../../src/muc/model/records.ts";
import { readerOf, VisitorLimits } from "../../src/pages/visitor-limits.ts";
import { StorageError } from "../../src/storage/store.ts";
import { eventually } from "../support/eventually.ts";
import { NO_RECORDS } from "../support/no-records.ts";
import { openRoom, WITH_PAGES } from "../support/room-driver.ts";
import { pagesOf, servePagesOf } from "./pages.ts";

describe("a reader", () => {
  it("is an address, or a network of IPv6", () => {
    expect(["192.0.2.1", "::ffff:192.0.2.1"].map(readerOf)).toEqual(["192.0.2.1", "192.0.2.1"]);
    const network = ["2001:db8::1", "2001:DB8:0:0:ffff::2", "2001:0db8:0000:0000:1:2:3:4"].map(readerOf);
    expect(new Set(network)).toEqual(new Set(["2001:db8:0:0"]));
    expect(readerOf("2001:db8:0:1::1")).not.toBe("2001:db8:0:0");
  });

  it("may read 60 pages at once and 120 a minute, and search five times at once", () => {
    const limits = new VisitorLimits();
    const admitted = (address: string, isSearch: boolean, now: number, most: number) =>
      Array.from({ length: most }, () => limits.wait(address, isSearch, now)).filter((wait) => wait === 0)
        .length;
    expect(admitted("192.0.2.1", false, 0, 100)).toBe(60);
    expect(limits.wait("192.0.2.1", false, 0)).toBe(1);
    expect(admitted("192.0.2.1", false, 30_000, 100)).toBe(60);
    expect(admitted("192.0.2.2", true, 30_000, 100)).toBe(5);
    expect(admitted("192.0.2.2", false, 30_000, 100)).toBe(55);
  });

  it("is told to wait, by the address that the proxy names", async () => {
    const pages = await pagesOf(openRoom({}, WITH_PAGES));
    const from = (address: string) => pages.get("/coven/search", { "x-forwarded-for": address });
    const statuses: number[] = [];
    for (let n = 0; n < 6; n++) statuses.push((await from("192.0.2.1, 192.0.2.7")).status);
    expect(statuses).toEqual([404, 404, 404, 404, 404, 429]);
    const refused = await from("192.0.2.2, 192.0.2.7");
    expect([refused.status, Number(refused.headers.get("retry-after")) > 0]).toEqual([429, true]);
    expect((await from("192.0.2.7, 192.0.2.1")).status).toBe(404);
  });
});

describe("the store", () => {
  it("is asked for one page at a time; beyond thirty that wait, readers come again later", async () => {
    const waiting: (() => void)[] = [];
    const records: Pick<Records, "publicRoom" | "readArchive" | "listRooms"> = {
      ...NO_RECORDS,
      listRooms: () => new Promise((resolve) => waiting.push(() => resolve([]))),
    };
    const pages = await servePagesOf(() => records);
    const asked = Array.from({ length: 32 }, () => pages.get("/"));
    const refused = await Promise.race(asked);
    expect([refused.status, refused.headers.get("retry-after")]).toEqual([503, "5"]);
    await eventually(() => expect(pages.answered).toEqual([503, 503]));
    expect(waiting).toHaveLength(1);
    let isDone = false;
    const all = Promise.all(asked).finally(() => {
      isDone = true;
    });
    while (!isDone) {
      expect(waiting.length).toBeLessThanOrEqual(1);
      waiting.shift()?.();
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
    expect((await all).map(({ status }) => status).filter((status) => status === 200)).toHaveLength(30);
  });

  it("that fails costs readers a page, and is logged; before the service is there, they come again later", async () => {
    const fails = {
      ...NO_RECORDS,
      publicRoom: () => {
        throw new StorageError("gone");
      },
    };
    const pages = await servePagesOf(() => fails);
    expect((await pages.get("/coven")).status).toBe(503);
    expect(pages.faults).toEqual([expect.any(StorageError)]);
    expect((await (await servePagesOf(() => undefined)).get("/")).status).toBe(503);
  });
});

describe("a request", () => {
  it("only reads: every other method is refused, and no path leads to the HTTP API", async () => {
    const pages = await pagesOf(openRoom({}, WITH_PAGES));
    for (const method of ["POST", "PUT", "DELETE", "PATCH", "OPTIONS"]) {
      const answer = await fetch(`${pages.address}/coven`, { method });
      expect([method, answer.status, answer.headers.get("allow")]).toEqual([method, 405, "GET, HEAD"]);
    }
    expect((await fetch(`${pages.address}/coven`, { method: "HEAD" })).status).toBe(200);
    for (const path of [
      "/v1/rooms",
      "/openapi.json",
      "/metrics",
      "/console/",
      "/coven/2026-01-01/x",
      "/%00",
      "/coven%2F..%2Fx",
    ])
      expect([path, (await pages.get(path)).status]).toEqual([path, 404]);
    expect(pages.answered.length).toBeGreaterThan(10);
    expect(pages.faults).toEqual([]);
  });

  it("of a search engine is told to stay away, unless the operator lets it in", async () => {
    const driver = openRoom({}, WITH_PAGES);
    const shut = await pagesOf(driver);
    expect(await shut.text("/robots.txt")).toBe("User-agent: *\nDisallow: /\n");
    expect(await shut.text("/coven")).toContain('<meta name="robots" content="noindex, nofollow"');
    const open = await pagesOf(driver, { robots: "index", url: "https://example.org/rooms/" });
    expect(await open.text("/robots.txt")).toBe("User-agent: *\nDisallow: /rooms/*/search\n");
    const page = await open.get("/coven");
    expect(page.headers.get("x-robots-tag")).toBeNull();
    const text = await page.text();
    expect(text).toContain('<meta name="robots" content="index, follow"');
    expect(text).toContain('<link rel="canonical" href="https://example.org/rooms/coven"');
    expect(text).toContain('href="/rooms/@style.css"');
  });
});

it("the list of rooms has pages of 50, with the public rooms only", async () => {
  const driver = openRoom({ "muc#roomconfig_publicroom": "0" }, { ...WITH_PAGES, maxRooms: 100 });
  for (let n = 10; n < 65; n++)
    driver.join("hecate@shakespeare.example/x", "hecate", "", `room${n}@chat.example`);
  for (let n = 10; n < 65; n++)
    driver.send(
      "hecate@shakespeare.example/x",
      `<iq type="set" id="c" to="room${n}@chat.example"><query xmlns="http://jabber.org/protocol/muc#owner"><x xmlns="jabber:x:data" type="submit"/></query></iq>`,
    );
  const pages = await pagesOf(driver);
  const first = await pages.text("/");
  expect(first.match(/<li>/g)).toHaveLength(50);
  expect(first).not.toContain("coven");
  const [, next = ""] = /rel="next" href="([^"]*)"/.exec(first) ?? [];
  expect(next).toBe("/?after=room59");
  expect((await pages.text(next)).match(/<li>/g)).toHaveLength(5);
});
