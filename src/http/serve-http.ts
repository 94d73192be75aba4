// Serves the HTTP API, if the operator has enabled it.
import type { Logger } from "pino";
import { openRetried } from "../retried-listener.ts";
import type { HttpParts, HttpSetting } from "./http-service.ts";

export interface HttpApi {
  /** Stops listening. Answers under way have a second. */
  close(): Promise<void>;
}

/** Serves the API until closed, as `openRetried`. */
export async function serveHttp(
  setting: HttpSetting,
  parts: HttpParts,
  log: Pick<Logger, "info" | "error">,
): Promise<HttpApi> {
  // Loads the HTTP library only if the API is enabled.
  const { openHttp } = await import("./server.ts");
  const open = () => openHttp(setting, parts);
  return openRetried({ setting, section: "http", suggested: 8480, subject: "the HTTP API is", open }, log);
}
