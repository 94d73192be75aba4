// Facts about the running process, for the operation "status".
import type { Config } from "./config/config.ts";
import { storageName } from "./config/storage-url.ts";
import type { ServerConnection } from "./connection/server-connection.ts";
import { readManifest } from "./manifest.ts";
import type { StatusSource } from "./operations/operation-service.ts";

/** Returns the facts as they are at each look. `messages` counts those to rooms since the start. */
export function statusSource(
  { storage }: Config,
  { link, outbox }: ServerConnection,
  messages: () => number,
): StatusSource {
  const { version } = readManifest();
  const since = performance.now();
  return {
    version,
    storage: storageName(storage),
    get isOnline() {
      return link.online;
    },
    get uptime() {
      return (performance.now() - since) / 1000;
    },
    get memory() {
      return process.memoryUsage.rss();
    },
    get messages() {
      return messages();
    },
    get waiting() {
      return outbox.waiting;
    },
  };
}
