// The public pages of a room that a driver has.
import { onTestFinished } from "vitest";
import type { Records } from "../../src/muc/model/records.ts";
import { openPages, type PageSettings } from "../../src/pages/server.ts";
import { recordsOf } from "../support/records-of.ts";
import type { Driver } from "../support/room-driver.ts";

export interface Pages {
  /** Address of the listener, without a slash at its end. */
  readonly address: string;
  /** Status of each answer. */
  readonly answered: number[];
  readonly faults: unknown[];
  /** Requests a page. Follows no redirection. */
  get(path: string, headers?: Record<string, string>): Promise<Response>;
  /** Requests a page and returns its text. */
  text(path: string): Promise<string>;
}

/** Serves the pages of records until the end of the test. */
export async function servePagesOf(
  records: () => Pick<Records, "publicRoom" | "readArchive" | "listRooms"> | undefined,
  more: Partial<PageSettings> = {},
): Promise<Pages> {
  const answered: number[] = [];
  const faults: unknown[] = [];
  const settings: PageSettings = {
    ...{ host: "127.0.0.1", port: 0, url: "https://rooms.example/" },
    ...{ webChatUrl: "https://web.example/#{address}", robots: "noindex", ...more },
  };
  const listener = await openPages(settings, {
    ...{ name: () => "Chatrooms", domain: "chat.example", records },
    answered: (status) => answered.push(status),
    faulted: (error) => faults.push(error),
  });
  onTestFinished(() => listener.close());
  const address = `http://127.0.0.1:${listener.port}`;
  const get: Pages["get"] = (path, headers = {}) =>
    fetch(`${address}${path}`, { headers, redirect: "manual" });
  return { address, answered, faults, get, text: async (path) => (await get(path)).text() };
}

/** Serves the pages of what a driver has committed. */
export const pagesOf = (driver: Driver, more: Partial<PageSettings> = {}): Promise<Pages> =>
  servePagesOf(() => recordsOf(driver.store()), more);
