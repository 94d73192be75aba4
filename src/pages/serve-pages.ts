// Serves the public pages, if the operator has enabled them.
import type { Logger } from "pino";
import { openRetried } from "../retried-listener.ts";
import type { PageSettings, PagesParts } from "./server.ts";

export interface Pages {
  /** Stops listening. Pages under way have a second. */
  close(): Promise<void>;
}

/** Serves the pages until closed, as `openRetried`. */
export async function servePages(
  setting: PageSettings,
  parts: PagesParts,
  log: Pick<Logger, "info" | "error">,
): Promise<Pages> {
  // Loads the HTTP library and the renderer only if pages are enabled.
  const { openPages } = await import("./server.ts");
  const open = () => openPages(setting, parts);
  return openRetried({ setting, section: "pages", suggested: 8490, subject: "public pages are", open }, log);
}
