// What a token shows, what it may do, and how it ends.
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { statusCodes } from "../support/chat.ts";
import { startBrowser } from "../support/web-client.ts";
import { ConsoleStage, logIn, OTHER_ROOM, openConsole, PHONE, ROOM } from "./console-stage.ts";

let browser: Browser;
let stage: ConsoleStage;
beforeAll(async () => {
  browser = await startBrowser();
  stage = await ConsoleStage.open();
});
afterAll(async () => {
  await browser?.close();
  await stage?.close();
});

const roomAddress = (room: string): string => `#/room/${encodeURIComponent(room)}`;
const go = (page: Page, hash: string): Promise<unknown> =>
  page.evaluate(`location.assign(${JSON.stringify(hash)})`);

/** Returns the labels of the navigation. */
const views = (page: Page): Promise<string[]> =>
  page.getByRole("navigation").getByRole("link").allTextContents();

/** Presses Tab until a control has the focus. */
async function tabTo(page: Page, name: string): Promise<void> {
  for (let presses = 0; presses < 80; presses++) {
    await page.keyboard.press("Tab");
    const focused: unknown = await page.evaluate(
      "document.activeElement.textContent.replace(/\\s+/g, ' ').trim()",
    );
    if (focused === name) return;
  }
  expect.fail(`no way to ${name}`);
}

describe("the keyboard alone", () => {
  test("logs in, finds a room and kicks somebody with a reason", async () => {
    const page = await openConsole(browser, stage.url);
    await page.getByLabel("Token").waitFor();
    await page.keyboard.press("Tab");
    await page.keyboard.type(await stage.token("moderate"));
    await page.keyboard.press("Enter");
    await page.getByRole("heading", { level: 1, name: "Overview" }).waitFor();
    await tabTo(page, "Rooms");
    await page.keyboard.press("Enter");
    await page.getByRole("link", { name: ROOM }).waitFor();
    expect(await page.evaluate("document.activeElement.tagName")).toBe("H1");
    await tabTo(page, ROOM);
    await page.keyboard.press("Enter");
    await page.getByText("Rosaline").first().waitFor();
    await tabTo(page, "Kick Rosaline (user3@localhost)");
    await page.keyboard.press("Enter");
    await page.getByRole("dialog").waitFor();
    await tabTo(page, "");
    await page.keyboard.type("Good night");
    await page.keyboard.press("Enter");
    const kicked = await stage.people[2]?.receive((stanza) => statusCodes(stanza).includes("307"));
    expect(String(kicked)).toContain("Good night");
    await page.getByText("Done: Kick").waitFor();
    await page.getByRole("heading", { name: "People (2)" }).waitFor();
  });

  test("skips the navigation", async () => {
    const page = await openConsole(browser, stage.url);
    await logIn(page, await stage.token("read"));
    await page.reload();
    await page.getByRole("heading", { level: 1, name: "Overview" }).waitFor();
    await page.getByRole("link", { name: "Skip to the content" }).focus();
    await page.keyboard.press("Enter");
    expect(await page.evaluate("document.activeElement.id")).toBe("main");
    expect(new URL(page.url()).hash).toBe("");
  });
});

describe("a token", () => {
  test("that is wrong is refused, and stays out of the address", async () => {
    const page = await openConsole(browser, stage.url);
    for (const secret of ["verona_000000000000_aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "<b>"]) {
      await page.getByLabel("Token").fill(secret);
      await page.getByRole("button", { name: "Log in" }).click();
      await page.getByRole("alert").waitFor();
      expect(page.url()).toBe(stage.url);
    }
  });

  test("that is revoked leads back to the login, which says why", async () => {
    const page = await openConsole(browser, stage.url);
    await logIn(page, await stage.token("read", {}, "ghost"));
    await stage.call("token.revoke", { token: "ghost" });
    await page.getByRole("link", { name: "Rooms" }).click();
    await page.getByText("The token is not valid, or not any more.").waitFor();
    await page.getByLabel("Token").waitFor();
    expect(await page.evaluate("sessionStorage.length")).toBe(0);
  });

  test("stays over a reload of its tab, in no other place, and ends with the session", async () => {
    const page = await openConsole(browser, stage.url);
    await logIn(page, await stage.token("read"));
    await page.reload();
    await page.getByRole("heading", { level: 1, name: "Overview" }).waitFor();
    expect(await page.evaluate("localStorage.length + document.cookie.length")).toBe(0);
    await page.getByRole("button", { name: "Log out" }).click();
    await page.getByText("You have logged out.").waitFor();
    await page.reload();
    await page.getByLabel("Token").waitFor();
  });

  test("of the scope read sees people, and nothing to do or to decide", async () => {
    const page = await openConsole(browser, stage.url);
    await logIn(page, await stage.token("read"));
    expect(await views(page)).toEqual(["Overview", "Rooms", "Audit", "Blocklist", "All operations"]);
    await go(page, roomAddress(ROOM));
    await page.getByRole("heading", { name: /^People/ }).waitFor();
    expect(await page.getByRole("main").getByRole("button").count()).toBe(0);
    await go(page, "#/operation/occupant.kick");
    await page.getByText("this token may not call it").waitFor();
  });

  test("of the scope moderate configures nothing", async () => {
    const page = await openConsole(browser, stage.url, { viewport: PHONE });
    await logIn(page, await stage.token("moderate"));
    await go(page, roomAddress(OTHER_ROOM));
    await page.getByRole("button", { name: "Ban Juliet" }).waitFor();
    expect(await page.getByRole("heading", { name: "Configuration" }).count()).toBe(0);
    expect(await page.getByRole("button", { name: "Destroy" }).count()).toBe(0);
  });

  test("for one room shows this room only", async () => {
    const page = await openConsole(browser, stage.url);
    await logIn(page, await stage.token("moderate", { rooms: [OTHER_ROOM] }));
    expect(await views(page)).toEqual(["Overview", "Rooms", "Moderation", "All operations"]);
    await page.getByRole("link", { name: "Rooms" }).click();
    await page.getByRole("link", { name: OTHER_ROOM }).click();
    await page.getByText("Juliet").first().waitFor();
    await go(page, roomAddress(ROOM));
    await page.getByText("This token is for some rooms only").waitFor();
    await go(page, "#/operations");
    await page.getByRole("link", { name: "occupant.kick" }).waitFor();
    expect(await page.getByRole("link", { name: "announce" }).count()).toBe(0);
  });
});

describe("a room's view", () => {
  test("follows who enters and leaves, and leads to the room's acts", async () => {
    const page = await openConsole(browser, stage.url);
    await logIn(page, await stage.token("read"));
    await go(page, roomAddress(OTHER_ROOM));
    await page.getByRole("heading", { name: "People (3)" }).waitFor();
    await stage.people[2]?.send(`<presence to="${OTHER_ROOM}/Nurse" type="unavailable"/>`);
    await page.getByRole("heading", { name: "People (2)" }).waitFor();
    await page.getByRole("main").getByRole("link", { name: "Audit" }).click();
    await page.getByText("room configured").waitFor();
    expect(await page.getByLabel("Room").inputValue()).toBe(OTHER_ROOM);
    expect(await page.getByRole("row").filter({ hasText: ROOM }).count()).toBe(0);
  });
});

describe("an admin", () => {
  test("configures a room by its form, which sends what was changed", async () => {
    const page = await openConsole(browser, stage.url);
    await logIn(page, await stage.token("admin"));
    await go(page, roomAddress(OTHER_ROOM));
    await page.getByText("Change options").click();
    const form = page.locator("form").filter({ hasText: "Make Room Moderated?" });
    await form.getByRole("button", { name: "Save changed options" }).click();
    await form.getByText("No option has changed.").waitFor();
    await form.getByLabel("Make Room Moderated?").check();
    await form.getByLabel("Short Description of Room").fill("A <wine> cellar");
    await form.getByRole("button", { name: "Save changed options" }).click();
    await page.getByText("The room is configured.").waitFor();
    await page.locator("dd", { hasText: "A <wine> cellar" }).waitFor();
    expect(await stage.call("room.show", { room: OTHER_ROOM })).toMatchObject({
      configuration: { moderated: true, description: "A <wine> cellar", name: "Friar Laurence’s cell" },
    });
  });

  test("is told at the field what is wrong with it", async () => {
    const page = await openConsole(browser, stage.url);
    await logIn(page, await stage.token("admin"));
    await go(page, "#/operation/user.rooms");
    await page.getByRole("button", { name: "Show" }).click();
    await page.getByRole("alert").getByText("Fill in this field.").waitFor();
    await page.getByLabel("User").fill("nobody");
    await page.getByRole("button", { name: "Show" }).click();
    await page.getByRole("alert").getByText("expected the address of a user").waitFor();
    expect(await page.evaluate("document.activeElement.getAttribute('aria-invalid')")).toBe("true");
    await page.getByLabel("User").fill("user@localhost");
    await page.getByRole("button", { name: "Show" }).click();
    await page.getByRole("region", { name: "Result of the operation" }).getByText(ROOM).waitFor();
  });

  test("decides a held message in the queue", async () => {
    const page = await openConsole(browser, stage.url);
    await logIn(page, await stage.token("admin"));
    await page.getByRole("link", { name: "Moderation" }).click();
    await page.getByRole("button", { name: "Pass the message of Romeo" }).click();
    await page.getByRole("dialog").getByRole("button", { name: "Pass" }).click();
    await page.getByText("Done: Pass").waitFor();
    expect(await stage.call("held.list", { room: OTHER_ROOM })).toEqual({ messages: [] });
    await page.getByRole("button", { name: "Dismiss the report about Romeo" }).click();
    await page.getByRole("dialog").getByRole("button", { name: "Dismiss" }).click();
    await page.getByRole("link", { name: OTHER_ROOM }).waitFor({ state: "detached" });
    expect(await stage.call("reports.list", { room: OTHER_ROOM })).toEqual({ reports: [] });
  });

  test("bans from all rooms, and lifts the ban", async () => {
    const page = await openConsole(browser, stage.url);
    await logIn(page, await stage.token("admin"));
    await page.getByRole("link", { name: "Blocklist" }).click();
    await page.getByRole("button", { name: "Ban" }).click();
    await page.getByRole("dialog").getByLabel("User").fill("tybalt@capulet.example");
    await page.getByRole("dialog").getByRole("button", { name: "Ban" }).click();
    await page.getByRole("rowheader", { name: "tybalt@capulet.example" }).waitFor();
    await page.getByRole("button", { name: "Lift the ban tybalt" }).click();
    await page.getByRole("dialog").getByRole("button", { name: "Lift the ban" }).click();
    await page.getByText("Nobody is banned from all rooms.").waitFor();
  });

  test("destroys a room only after typing its address", async () => {
    const page = await openConsole(browser, stage.url);
    await logIn(page, await stage.token("admin"));
    await go(page, roomAddress(OTHER_ROOM));
    await page.getByRole("button", { name: "Destroy" }).click();
    const dialogue = page.getByRole("dialog");
    await dialogue.getByRole("button", { name: "Destroy" }).click();
    await dialogue.getByRole("alert").waitFor();
    expect(await stage.call("room.show", { room: OTHER_ROOM })).toMatchObject({ room: OTHER_ROOM });
    await dialogue.getByLabel(/to confirm/).fill(OTHER_ROOM);
    await dialogue.getByRole("button", { name: "Destroy" }).click();
    await page.getByRole("heading", { level: 1, name: "Rooms" }).waitFor();
    await page.getByText("1 room", { exact: true }).waitFor();
  });
});
