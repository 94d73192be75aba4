// The demo's page with Converse.js in a headless Chromium, used as visitors use it.
import { mkdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { type Browser, chromium, type Locator, type Page } from "playwright-core";
import { onTestFailed } from "vitest";

/** Folder for the pictures of tests. */
export const ARTEFACTS = fileURLToPath(new URL("../../test-artefacts/", import.meta.url));
const DOCUMENTED = fileURLToPath(new URL("../../docs/screenshots/", import.meta.url));
const STEP_MS = 30_000;

/** Returns the folder for pictures that the documentation shows: docs/screenshots if SCREENSHOTS is set. */
export function pictures(): string {
  if (process.env.SCREENSHOTS === undefined) return ARTEFACTS;
  mkdirSync(DOCUMENTED, { recursive: true });
  return DOCUMENTED;
}

export function startBrowser(): Promise<Browser> {
  mkdirSync(ARTEFACTS, { recursive: true });
  return chromium.launch({
    executablePath: "/usr/bin/chromium",
    args: [
      "--no-sandbox",
      "--disable-gpu",
      "--disable-quic",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
    ],
  });
}

/** Opens the page in a new browser context and chooses a person. Records the address of every request. */
export async function openPageAs(
  browser: Browser,
  url: string,
  name: string,
  requests: string[] = [],
): Promise<Page> {
  const context = await browser.newContext({ viewport: { width: 1200, height: 800 } });
  const page = await context.newPage();
  page.setDefaultTimeout(STEP_MS);
  page.on("request", (request) => requests.push(request.url()));
  onTestFailed(async () => void (await page.screenshot({ path: `${ARTEFACTS}browser-failed-${name}.png` })));
  await page.goto(url);
  await page.getByRole("link", { name, exact: true }).click();
  return page;
}

/** Returns the text field of the room. */
export const textArea = (page: Page): Locator => page.locator(".chat-textarea");

/** Types a message or a command. */
export async function type(page: Page, text: string): Promise<void> {
  await textArea(page).fill(text);
  await textArea(page).press("Enter");
}

/** Waits until the page shows a message under a nickname. */
export async function sees(page: Page, nick: string, text: string): Promise<void> {
  const author = page.locator(".chat-msg__author", { hasText: nick });
  await page.locator(".chat-msg", { hasText: text }).filter({ has: author }).waitFor();
}

/** Returns an occupant in the list beside the messages. */
export function occupant(page: Page, nick: string): Locator {
  return page.locator("li.occupant").filter({ has: page.getByText(nick, { exact: true }) });
}
