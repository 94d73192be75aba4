// The pages of a public log: who reads what, as HTTP answers.
import { describe, expect, it } from "vitest";
import { NS } from "../../src/xmpp/namespaces.ts";
import { outcomeOf, runCommand } from "../support/room-command.ts";
import {
  Driver,
  MEMBER,
  OTHER,
  OWNER,
  openRoom,
  ROOM,
  WITH_PAGES,
  withThree,
} from "../support/room-driver.ts";
import { pagesOf } from "./pages.ts";

const LOGGED = {
  "muc#roomconfig_enablelogging": "1",
  "muc#roomconfig_persistentroom": "1",
  "muc#roomconfig_roomname": "A dark cave",
};
const DAY = "/coven/2026-01-01";

/** Returns a logged room with three occupants. */
function logged(fields: Record<string, string> = {}): Driver {
  const driver = withThree({ ...LOGGED, ...fields }, WITH_PAGES);
  driver.now += 60_000;
  return driver;
}

/** Lets an occupant say something. Returns its stanza-id. */
function say(driver: Driver, from: string, content: string, id = "m1"): string {
  driver.now += 1000;
  driver.send(from, `<message type="groupchat" id="${id}" to="${ROOM}">${content}</message>`);
  const entry = driver.journal.findLast(({ kind }) => kind === "message-archived");
  return entry?.kind === "message-archived" ? entry.message.stanzaId : "";
}

const body = (text: string) => `<body>${text}</body>`;

describe("the page of a day", () => {
  it("shows what was said since the log began, by nickname, and nothing from before", async () => {
    const driver = withThree({ "muc#roomconfig_persistentroom": "1" }, WITH_PAGES);
    say(driver, MEMBER, body("Before anybody was told."));
    driver.configure(OWNER, LOGGED);
    say(driver, MEMBER, body("When shall we three meet again?"));
    const page = await (await pagesOf(driver)).text(DAY);
    expect(page).toContain('<bdi class="nick">thirdwitch</bdi>');
    expect(page).toContain("When shall we three meet again?");
    expect(page).not.toContain("Before anybody");
  });

  it("hides all at once when the log ends, and nothing said until it begins anew comes back", async () => {
    const driver = logged();
    say(driver, MEMBER, body("public at first"));
    driver.configure(OWNER, { "muc#roomconfig_enablelogging": "0" });
    say(driver, MEMBER, body("between ourselves"));
    const pages = await pagesOf(driver);
    expect((await pages.get(DAY)).status).toBe(404);
    driver.now += 1000;
    driver.configure(OWNER, { "muc#roomconfig_enablelogging": "1" });
    say(driver, MEMBER, body("public again"));
    const page = await pages.text(DAY);
    expect(page).toContain("public again");
    expect(page).not.toMatch(/public at first|between ourselves/);
    for (const path of [`${DAY}`, "/coven/search?q=ourselves", "/coven/feed.atom"])
      expect(await pages.text(path)).not.toMatch(/public at first|between ourselves/);
  });

  it("shows no private messages, no presence, and nothing of silenced users", async () => {
    const driver = withThree(LOGGED, {
      environment: {
        ...WITH_PAGES.environment,
        archive: { maxDays: 0, maxMessagesPerRoom: 0, privateMessages: true, presence: true },
      },
    });
    driver.now += 1000;
    driver.send(MEMBER, `<message type="chat" to="${ROOM}/hecate"><body>whispered</body></message>`);
    expect(outcomeOf(runCommand(driver, OWNER, "silence", { who: "hecate@shakespeare.example" }))).toBe(
      "completed",
    );
    say(driver, OTHER, body("heard by nobody"));
    say(driver, MEMBER, body("heard by all"));
    const page = await (await pagesOf(driver)).text(DAY);
    expect(
      driver.journal.map((entry) => (entry.kind === "message-archived" ? entry.message.kind : "")),
    ).toContain("private");
    expect(page).toContain("heard by all");
    expect(page).not.toMatch(/whispered|heard by nobody/);
  });

  it("has tombstones of retracted messages, and of all their versions (XEP-0424)", async () => {
    const driver = logged();
    const id = say(driver, MEMBER, body("I regret this"));
    say(driver, MEMBER, `${body("I regret that")}<replace xmlns="${NS.correct}" id="m1"/>`, "m2");
    say(driver, MEMBER, `<retract xmlns="${NS.retract}" id="${id}"/>${body("/me retracted")}`, "m3");
    const pages = await pagesOf(driver);
    const page = await pages.text(DAY);
    expect(page).not.toMatch(/regret|me retracted/);
    expect(page.match(/This message was retracted/g)).toHaveLength(1);
    expect(await pages.text("/coven/feed.atom")).not.toContain("regret");
    expect(await pages.text("/coven/search?q=regret")).not.toContain("regret th");
  });

  it("has tombstones of moderated messages (XEP-0425), without who removed them and why", async () => {
    const driver = logged();
    const id = say(driver, MEMBER, body("buy my potions"));
    const reason = "<reason>spam of thirdwitch</reason>";
    driver.send(
      OWNER,
      `<iq type="set" id="x" to="${ROOM}"><moderate xmlns="${NS.moderate}" id="${id}"><retract xmlns="${NS.retract}"/>${reason}</moderate></iq>`,
    );
    const page = await (await pagesOf(driver)).text(DAY);
    expect(page.match(/This message was retracted/g)).toHaveLength(1);
    expect(page).not.toMatch(/potions|spam|firstwitch/);
  });

  it("shows the corrected text, marked as edited, under the address of either version (XEP-0308)", async () => {
    const driver = logged();
    say(driver, MEMBER, body("Fair is fowl"));
    const second = say(
      driver,
      MEMBER,
      `${body("Fair is foul")}<replace xmlns="${NS.correct}" id="m1"/>`,
      "m2",
    );
    say(driver, OTHER, `${body("Not yours")}<replace xmlns="${NS.correct}" id="m1"/>`, "m3");
    const page = await (await pagesOf(driver)).text(DAY);
    expect(page).toContain("Fair is foul");
    expect(page).not.toContain("fowl");
    expect(page.match(/>edited</g)).toHaveLength(2); // a correction of nothing stands alone
    expect(page).toContain(`id="m-${second}"`);
  });

  it("links a reply and its message both ways, without the quotation (XEP-0461, XEP-0428)", async () => {
    const driver = logged();
    const first = say(driver, MEMBER, body("Where the place?"), "m1");
    const reply = `<reply xmlns="${NS.reply}" to="${ROOM}/thirdwitch" id="${first}"/><fallback xmlns="${NS.fallback}" for="${NS.reply}"><body start="0" end="19"/></fallback>`;
    const second = say(driver, OTHER, `${body("> Where the place?\nUpon the heath.")}${reply}`, "m2");
    const page = await (await pagesOf(driver)).text(DAY);
    expect(page).toContain(">Upon the heath.<");
    expect(page).not.toContain("&gt; Where");
    expect(page).toMatch(new RegExp(`In reply to <a href="#m-${first}">\\s*<bdi>thirdwitch</bdi>`));
    expect(page).toMatch(new RegExp(`<a href="#m-${second}">\\s*<bdi>hecate</bdi>`));
  });

  it("shows actions (XEP-0245) and subjects, and says nothing of states and reactions", async () => {
    const driver = logged();
    say(driver, MEMBER, body("/me stirs the cauldron"));
    say(driver, OWNER, "<subject>Double, double</subject>");
    say(driver, MEMBER, '<reactions xmlns="urn:xmpp:reactions:0" id="x"><reaction>hm</reaction></reactions>');
    const page = await (await pagesOf(driver)).text(DAY);
    expect(page).toContain("<bdi>thirdwitch</bdi> stirs the cauldron");
    expect(page).toContain("set the subject: <bdi>Double, double</bdi>");
    expect(page).not.toContain("hm<");
  });

  it("is cut into pages of 200 messages; the address of a message leads to its page", async () => {
    const driver = logged();
    const ids = Array.from({ length: 205 }, (_, n) => say(driver, MEMBER, body(`number ${n}.`), `m${n}`));
    const pages = await pagesOf(driver);
    const first = await pages.text(DAY);
    expect(first).toContain("number 199.");
    expect(first).not.toContain("number 200.");
    const [, next = ""] = /rel="next" href="([^"]*)"/.exec(first) ?? [];
    expect(await pages.text(next.replaceAll("&amp;", "&"))).toContain("number 204.");
    const early = await pages.get(`/coven/m/${ids[3]}`);
    expect([early.status, early.headers.get("location")]).toEqual([302, `${DAY}#m-${ids[3]}`]);
    const late = (await pages.get(`/coven/m/${ids[203]}`)).headers.get("location") ?? "";
    expect(late).toBe(`${DAY}?after=${ids[202]}#m-${ids[203]}`);
    expect(await pages.text(late)).toContain(`id="m-${ids[203]}"`);
  });

  it("leads to the days with messages before and after it", async () => {
    const driver = logged();
    say(driver, MEMBER, body("one"));
    driver.now += 3 * 86_400_000;
    say(driver, MEMBER, body("two"));
    const pages = await pagesOf(driver);
    expect(await pages.text(DAY)).toContain('href="/coven/2026-01-04"');
    expect(await pages.text("/coven/2026-01-04")).toContain('href="/coven/2026-01-01"');
    expect((await pages.get("/coven/2026-02-30")).status).toBe(404);
  });
});

describe("what is not public", () => {
  it("is answered with the same bytes as what does not exist", async () => {
    const driver = logged();
    const id = say(driver, MEMBER, body("said"));
    driver.configure(OWNER, { "muc#roomconfig_publicroom": "0" });
    const pages = await pagesOf(driver);
    const missing = await pages.text("/nowhere");
    for (const part of ["", "/2026-01-01", `/m/${id}`, "/search?q=said", "/feed.atom", "/qr.svg"]) {
      const answer = await pages.get(`/coven${part}`);
      expect([part, answer.status, await answer.text()]).toEqual([part, 404, missing]);
    }
    expect((await pages.get("/Coven")).status).toBe(404);
    expect(await pages.text("/")).not.toContain("coven");
  });

  it.each(["muc#roomconfig_membersonly", "muc#roomconfig_roomsecret"])(
    "of a listed room with %s is its log, not its landing page; its subject is not shown",
    async (name) => {
      const driver = logged();
      say(driver, OWNER, "<subject>Secret plans</subject>");
      driver.configure(OWNER, { [name]: "1" });
      const pages = await pagesOf(driver);
      const landing = await pages.text("/coven");
      expect(landing).toContain("A dark cave");
      expect(landing).not.toMatch(/Secret plans|feed\.atom/);
      expect((await pages.get(DAY)).status).toBe(404);
    },
  );

  it("is a room that its creator has not configured yet", async () => {
    const driver = new Driver(WITH_PAGES);
    driver.join(OWNER, "firstwitch");
    expect((await (await pagesOf(driver)).get("/coven")).status).toBe(404);
  });

  it("are addresses of users, occupants, and their ids", async () => {
    const driver = logged({ "muc#roomconfig_whois": "anyone" });
    driver.configure(OWNER, { "muc#roominfo_contactjid": "crone1@shakespeare.example" });
    say(driver, MEMBER, body("Hover through the fog"));
    const author = driver.journal.flatMap((entry) =>
      entry.kind === "message-archived" ? [entry.message.author] : [],
    )[0];
    const pages = await pagesOf(driver);
    for (const path of ["/", "/coven", DAY, "/coven/search?q=fog", "/coven/feed.atom"]) {
      const text = await pages.text(path);
      expect(text).not.toMatch(/shakespeare|@chat\.example\//);
      expect(author && text.includes(author)).toBe(false);
    }
  });
});

describe("hostile names and messages", () => {
  const EVIL = `</ol></title><script>alert(1)</script>"'><img src=x onerror=alert(2)>&amp;`;
  const escaped = EVIL.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");

  it("stay text on every page", async () => {
    const driver = logged({ "muc#roomconfig_roomname": escaped, "muc#roomconfig_roomdesc": escaped });
    driver.send(MEMBER, `<presence to="${ROOM}/${escaped.replaceAll('"', "&quot;")}"/>`);
    say(driver, MEMBER, body(escaped));
    say(driver, OWNER, `<subject>${escaped}</subject>`);
    say(driver, MEMBER, `<body xml:lang='"&gt;&lt;script&gt;'>javascript:alert(1) data:text/html,x</body>`);
    const pages = await pagesOf(driver);
    const search = `/coven/search?q=${encodeURIComponent(EVIL)}`;
    for (const path of ["/", "/coven", DAY, search, "/coven/search?q=alert"]) {
      const text = await pages.text(path);
      expect(text).not.toMatch(/<script|<img src=x|href="javascript/i);
      expect(text).toContain("&lt;script>");
    }
  });

  it("get links for addresses of the web only, which tell nobody where they were found", async () => {
    const driver = logged();
    say(
      driver,
      MEMBER,
      body("see https://witches.example/a?b=1&amp;c=2, javascript:alert(1) (http://x.example)."),
    );
    const page = await (await pagesOf(driver)).text(DAY);
    expect(page).toContain(
      '<a href="https://witches.example/a?b=1&amp;c=2" rel="nofollow noopener noreferrer ugc">https://witches.example/a?b=1&amp;c=2</a>, javascript:alert(1) (<a href="http://x.example/"',
    );
  });
});

describe("every answer", () => {
  it("has a strict content security policy and is not kept without asking", async () => {
    const driver = logged();
    say(driver, MEMBER, body("said"));
    const pages = await pagesOf(driver);
    for (const path of [
      "/",
      "/coven",
      DAY,
      "/nowhere",
      "/coven/feed.atom",
      "/coven/qr.svg",
      "/@style.css",
      "/%ff",
    ]) {
      const { headers } = await pages.get(path);
      expect(headers.get("content-security-policy"), path).toBe(
        "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
      );
      expect(headers.get("x-content-type-options"), path).toBe("nosniff");
      expect(headers.get("cache-control"), path).toMatch(/^no-(cache|store)$/);
      expect(headers.get("x-robots-tag"), path).toBe("noindex, nofollow");
    }
    expect(pages.faults).toEqual([]);
  });

  it("is not sent again while it is the same", async () => {
    const driver = logged();
    say(driver, MEMBER, body("said"));
    const pages = await pagesOf(driver);
    const etag = (await pages.get(DAY)).headers.get("etag") ?? "";
    expect((await pages.get(DAY, { "if-none-match": etag })).status).toBe(304);
    say(driver, MEMBER, body("more"));
    expect((await pages.get(DAY, { "if-none-match": etag })).status).toBe(200);
  });
});

it("other spellings of a room's name lead to the one that it has", async () => {
  const pages = await pagesOf(openRoom({}, WITH_PAGES));
  const answer = await pages.get("/COVEN");
  expect([answer.status, answer.headers.get("location")]).toEqual([301, "/coven"]);
});
