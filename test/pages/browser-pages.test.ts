import type { Browser } from "playwright-core";
import { afterAll, beforeAll, expect, it } from "vitest";
import { NS } from "../../src/xmpp/namespaces.ts";
import { axeProblems } from "../console/axe-problems.ts";
import { type Driver, MEMBER, OTHER, OWNER, ROOM, WITH_PAGES, withThree } from "../support/room-driver.ts";
import { ARTEFACTS, pictures, startBrowser } from "../support/web-client.ts";
import { pagesOf } from "./pages.ts";

/** The documentation has these pictures; `SCREENSHOTS=1` writes them. */
const DOCUMENTED = ["pages-room.png", "pages-day.png"];
const folderOf = (name: string): string => (DOCUMENTED.includes(name) ? pictures() : ARTEFACTS);
const HOSTILE = "<img src='https://evil.example/x'><script>document.title='owned'</script>\u202Etxet";

let browser: Browser;
beforeAll(async () => {
  browser = await startBrowser();
});
afterAll(() => browser?.close());

/** Returns a room in which much has been said. */
function talk(): Driver {
  const driver = withThree(
    {
      "muc#roomconfig_roomname": "A dark cave",
      "muc#roomconfig_roomdesc":
        "Where the three of us meet: in thunder, lightning, or in rain. Questions about cauldrons are welcome.",
      "muc#roomconfig_lang": "en",
      "muc#roomconfig_persistentroom": "1",
      "muc#roomconfig_enablelogging": "1",
    },
    WITH_PAGES,
  );
  driver.now = Date.UTC(2026, 10, 29, 9, 12);
  let ids = 0;
  const say = (from: string, content: string, minutes = 1): string => {
    driver.now += minutes * 60_000;
    ids += 1;
    driver.send(from, `<message type="groupchat" id="s${ids}" to="${ROOM}">${content}</message>`);
    const last = driver.journal.findLast(({ kind }) => kind === "message-archived");
    return last?.kind === "message-archived" ? last.message.stanzaId : "";
  };
  const body = (text: string) => `<body>${text.replaceAll("<", "&lt;")}</body>`;
  say(OWNER, "<subject>When the hurly-burly’s done</subject>");
  say(OWNER, body("Yesterday’s battle is lost and won."));
  driver.now = Date.UTC(2026, 10, 30, 9, 12);
  const question = say(OWNER, body("When shall we three meet again? In thunder, lightning, or in rain?"));
  say(
    MEMBER,
    `${body("> When shall we\nThat will be ere the set of sun.")}<reply xmlns="${NS.reply}" to="${ROOM}/firstwitch" id="${question}"/><fallback xmlns="${NS.fallback}" for="${NS.reply}"><body start="0" end="16"/></fallback>`,
  );
  say(
    OTHER,
    body(
      "The recipe is at https://cauldron.example/recipes/eye-of-newt?serves=3 – bring your own toe of frog.",
    ),
    4,
  );
  say(OTHER, body("Fair is fowl"));
  say(
    OTHER,
    `${body("Fair is foul, and foul is fair:\nHover through the fog and filthy air.")}<replace xmlns="${NS.correct}" id="s${ids}"/>`,
  );
  const regret = say(MEMBER, body("I have said too much"), 7);
  say(MEMBER, `<retract xmlns="${NS.retract}" id="${regret}"/>`);
  say(OWNER, body("/me stirs the cauldron"));
  say(OTHER, body(HOSTILE));
  say(MEMBER, body(`${"Doubledoubletoilandtrouble".repeat(8)} مرحبا بالعالم`));
  return driver;
}

/** Opens pages of a width. Requests to any other place fail, and are returned. */
async function openAt(address: string, width: number, colorScheme: "light" | "dark" = "light") {
  const context = await browser.newContext({
    viewport: { width, height: 900 },
    colorScheme,
    bypassCSP: false,
  });
  const page = await context.newPage();
  const elsewhere: string[] = [];
  const messages: string[] = [];
  page.on("console", (message) => messages.push(message.text()));
  page.on("pageerror", (error) => messages.push(error.message));
  await context.route("**/*", (route) => {
    if (route.request().url().startsWith(`${address}/`)) return route.continue();
    elsewhere.push(route.request().url());
    return route.abort();
  });
  return { page, context, elsewhere, messages };
}

it.each([1280, 360])(
  "at a width of %i pixels are accessible, do not scroll sideways, and load nothing from elsewhere",
  { timeout: 180_000 },
  async (width) => {
    const { address } = await pagesOf(talk());
    const { page, context, elsewhere, messages } = await openAt(address, width);
    const size = width > 500 ? "" : "-phone";
    for (const [name, path] of [
      ["list", "/"],
      ["room", "/coven"],
      ["day", "/coven/2026-11-30"],
      ["search", "/coven/search?q=cauldron"],
      ["missing", "/nowhere"],
    ]) {
      await page.goto(`${address}${path}`);
      expect(
        await page.evaluate("document.documentElement.scrollWidth - innerWidth"),
        name,
      ).toBeLessThanOrEqual(0);
      expect(await axeProblems(page), name).toEqual([]);
      const picture = `pages-${name}${size}.png`;
      await page.screenshot({ path: folderOf(picture) + picture });
    }
    await page.goto(`${address}/coven/2026-11-30`);
    expect(await page.title()).toBe("Monday, 30 November 2026 – A dark cave");
    expect(await page.getByText("<script>document.title='owned'</script>").count()).toBe(1);
    await page.getByRole("link", { name: "firstwitch" }).first().click();
    expect(page.url()).toMatch(/#m-/);
    await page.getByRole("searchbox").fill("hover fog");
    await page.getByRole("button", { name: "Search" }).click();
    expect(await page.getByRole("listitem").count()).toBe(1);
    expect([elsewhere, messages.filter((text) => !text.includes("404"))]).toEqual([[], []]);
    await context.close();
  },
);

it("in dark colours are readable too", { timeout: 120_000 }, async () => {
  const { address } = await pagesOf(talk());
  const { page, context } = await openAt(address, 1280, "dark");
  for (const path of ["/coven", "/coven/2026-11-30"]) {
    await page.goto(`${address}${path}`);
    expect(await axeProblems(page)).toEqual([]);
  }
  await page.screenshot({ path: `${ARTEFACTS}pages-day-dark.png` });
  await context.close();
});
