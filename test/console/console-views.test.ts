import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ARTEFACTS, pictures, startBrowser } from "../support/web-client.ts";
import { axeProblems } from "./axe-problems.ts";
import {
  ConsoleStage,
  logIn,
  MARKUP,
  OTHER_ROOM,
  OVERRIDE,
  openConsole,
  PHONE,
  ROOM,
  WIDE,
} from "./console-stage.ts";

let browser: Browser;
let stage: ConsoleStage;
let secret: string;
beforeAll(async () => {
  browser = await startBrowser();
  stage = await ConsoleStage.open();
  secret = await stage.token("admin", {}, "night-watch");
});
afterAll(async () => {
  await browser?.close();
  await stage?.close();
});

/** Views by their name, with what they show when they are complete. */
const VIEWS: readonly (readonly [name: string, hash: string, heading: string, shown: string])[] = [
  ["overview", "#/overview", "Overview", "Occupants"],
  ["rooms", "#/rooms", "Rooms", ROOM],
  ["room", `#/room/${encodeURIComponent(ROOM)}`, MARKUP, "Rosaline"],
  ["queue", "#/queue", "Moderation", "spam.example"],
  ["audit", "#/audit", "Audit", "acts"],
  ["blocklist", "#/bans", "Blocklist", "The service follows no list"],
  ["operations", "#/operations", "All operations", "room.rename"],
  ["operation", "#/operation/room.create", "room.create", "Make Room Moderated?"],
];

async function show(page: Page, hash: string, heading: string, shown: string): Promise<void> {
  await page.evaluate(`location.assign(${JSON.stringify(hash)})`);
  await page.getByRole("heading", { level: 1, name: heading }).waitFor();
  await page.getByText(shown).first().waitFor();
}

const picture = (page: Page, name: string): Promise<unknown> =>
  page.screenshot({ path: `${ARTEFACTS}console-${name}.png` });

describe.each([
  ["wide", WIDE, "light"],
  ["wide-dark", WIDE, "dark"],
  ["phone", PHONE, "light"],
  ["phone-dark", PHONE, "dark"],
] as const)("%s", (width, viewport, colorScheme) => {
  test("every view is accessible, fits the width and shows texts of users as text", async () => {
    const page = await openConsole(browser, stage.url, { viewport, colorScheme });
    expect(await axeProblems(page)).toEqual([]);
    await picture(page, `login-${width}`);
    await logIn(page, secret);
    for (const [name, hash, heading, shown] of VIEWS) {
      await show(page, hash, heading, shown);
      if (name === "room") {
        await page.getByRole("button", { name: "Show messages" }).click();
        await page.getByText("Never was a story").waitFor();
        await page.getByText("Change options").click();
      }
      expect(await page.getByRole("heading", { level: 1 }).count()).toBe(1);
      expect(await axeProblems(page), name).toEqual([]);
      await picture(page, `${name}-${width}`);
      if (process.env.WHOLE_PAGES !== undefined)
        await page.screenshot({ path: `${ARTEFACTS}console-${name}-${width}-whole.png`, fullPage: true });
      expect(
        await page.evaluate("document.documentElement.scrollWidth - innerWidth"),
        `${name} scrolls sideways`,
      ).toBeLessThanOrEqual(0);
    }
    await show(page, `#/room/${encodeURIComponent(ROOM)}`, MARKUP, "Rosaline");
    await page.getByRole("button", { name: "Ban Rosaline" }).click();
    await page.getByRole("dialog").getByLabel("Reason").waitFor();
    expect(await axeProblems(page), "dialogue").toEqual([]);
    await picture(page, `dialogue-${width}`);
    await page.keyboard.press("Escape");
    await page.getByRole("dialog").waitFor({ state: "detached" });
    expect(await page.locator("img").count()).toBe(0);
    expect(await page.evaluate("document.body.dataset.hurt")).toBeUndefined();
  });
});

test.skipIf(process.env.SCREENSHOTS === undefined)("pictures for the documentation", async () => {
  const page = await openConsole(browser, stage.url);
  await logIn(page, secret);
  await show(page, `#/room/${encodeURIComponent(OTHER_ROOM)}`, "Friar", "Nurse");
  await page.getByRole("button", { name: "Pass" }).waitFor();
  await page.screenshot({ path: `${pictures()}console.png` });
  const phone = await openConsole(browser, stage.url, { viewport: PHONE, colorScheme: "dark" });
  await logIn(phone, secret);
  await show(phone, "#/queue", "Moderation", "apothecary");
  await phone.screenshot({ path: `${pictures()}console-phone.png` });
});

test("a text that turns its direction turns nothing around it", async () => {
  const page = await openConsole(browser, stage.url);
  await logIn(page, secret);
  await show(page, `#/room/${encodeURIComponent(ROOM)}`, MARKUP, "Rosaline");
  const heading = page.getByRole("heading", { level: 1 });
  expect(await heading.textContent()).toBe(`${OVERRIDE}${MARKUP}`);
  expect(await page.evaluate("getComputedStyle(document.querySelector('h1 bdi')).unicodeBidi")).toBe(
    "isolate",
  );
});
