// The feed of a public log (Atom, RFC 4287), and the QR code of a room's address.
import { readdirSync, readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { parse } from "../../src/xmpp/element.ts";
import { MEMBER, ROOM, WITH_PAGES, withMember } from "../support/room-driver.ts";
import { pagesOf } from "./pages.ts";

const LOGGED = { "muc#roomconfig_enablelogging": "1", "muc#roomconfig_roomname": "Cave &amp; &lt;b>" };

it("has each of the latest messages with id, title, author, time and content (4.1.2)", async () => {
  const driver = withMember(LOGGED, WITH_PAGES);
  for (let n = 0; n < 60; n++) {
    driver.now += 1000;
    driver.send(
      MEMBER,
      `<message type="groupchat" id="m${n}" to="${ROOM}"><body>]]&gt; &lt;b>number ${n}&lt;/b>&#13;\n${"x".repeat(100)}</body></message>`,
    );
  }
  const answer = await (await pagesOf(driver)).get("/coven/feed.atom");
  expect(answer.headers.get("content-type")).toBe("application/atom+xml; charset=utf-8");
  const feed = parse((await answer.text()).replace(/^<\?xml[^>]*\?>\n/, ""));
  const text = (name: string, of = feed) => of.getChild(name)?.getText();
  expect([feed.getName(), feed.getNS()]).toEqual(["feed", "http://www.w3.org/2005/Atom"]);
  expect([text("id"), text("title"), text("updated")]).toEqual([
    "https://rooms.example/coven/feed.atom",
    "Cave & <b>",
    new Date(driver.now).toISOString(),
  ]);
  const entries = feed.getChildren("entry");
  expect(entries).toHaveLength(50);
  const ids = entries.map((entry) => text("id", entry));
  expect(new Set(ids).size).toBe(50);
  expect(ids[0]).toMatch(/^https:\/\/rooms\.example\/coven\/m\/[^/]+$/);
  const [latest] = entries;
  expect(latest && [text("content", latest)?.slice(0, 20), text("updated", latest)]).toEqual([
    "]]> <b>number 59</b>",
    new Date(driver.now).toISOString(),
  ]);
  expect(latest && text("title", latest)).toMatch(/^\]\]> <b>number 59<\/b> x{59}…$/);
  expect(latest?.getChild("author")?.getChild("name")?.getText()).toBe("thirdwitch");
});

it("the QR code is a picture of its own; an address that is too long has none", async () => {
  const long = "x".repeat(400);
  const driver = withMember({}, WITH_PAGES);
  driver.join(MEMBER, "thirdwitch", "", `${long}@chat.example`);
  driver.send(
    MEMBER,
    `<iq type="set" id="c" to="${long}@chat.example"><query xmlns="http://jabber.org/protocol/muc#owner"><x xmlns="jabber:x:data" type="submit"/></query></iq>`,
  );
  const pages = await pagesOf(driver);
  const code = await pages.get("/coven/qr.svg");
  expect([code.headers.get("content-type"), parse(await code.text()).getName()]).toEqual([
    "image/svg+xml",
    "svg",
  ]);
  expect(await pages.text("/coven")).toContain('href="xmpp:coven@chat.example?join"');
  expect(await pages.text(`/${long}`)).not.toContain("qr.svg");
  expect((await pages.get(`/${long}/qr.svg`)).status).toBe(404);
});

it("no page is made of text that is not escaped", () => {
  const folder = new URL("../../src/pages/", import.meta.url);
  for (const name of readdirSync(folder))
    expect(readFileSync(new URL(name, folder), "utf8"), name).not.toMatch(
      /dangerouslySetInnerHTML|innerHTML/,
    );
});
