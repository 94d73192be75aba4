import type { Logger } from "pino";
import { failureLine } from "./cli/errors.ts";
import { EXIT } from "./cli/exit-status.ts";
import { onSignal } from "./cli/signals.ts";
import { type Config, ConfigError } from "./config/config.ts";
import type { ConfigSources } from "./config/source-names.ts";
import { storageName } from "./config/storage-url.ts";
import { compileEarly } from "./early-compilation.ts";
import { raiseHeapCompaction } from "./heap-compaction.ts";
import { createLog } from "./log.ts";
import { readManifest } from "./manifest.ts";
import { type RunningService, startService } from "./service.ts";
import { StorageError } from "./storage/store.ts";

export interface RunOptions {
  readonly config: Config;
  readonly sources: ConfigSources;
  /** Loads the configuration again. Throws `ConfigError`. */
  reload(): Config;
}

/**
 * Runs the service, and ends the process when it stops or fails: with status 0 after SIGTERM or SIGINT, 130 at a second
 * signal, 1 if the service fails. SIGHUP reloads the configuration; a process that is starting or standing by does so
 * when it serves.
 */
export async function runService({ config, sources, reload }: RunOptions): Promise<never> {
  compileEarly();
  raiseHeapCompaction();
  const log = createLog(config.logLevel);
  const { version } = readManifest();
  const storage = storageName(config.storage);
  log.info({ version, node: process.version, pid: process.pid, storage, ...sources }, "starting");
  const stopRequested = Promise.withResolvers<"stop">();
  let signals = 0;
  onSignal(["SIGTERM", "SIGINT"], (signal) => {
    signals += 1;
    if (signals > 1) process.exit(EXIT.interrupted);
    log.info({ signal }, "stopping");
    stopRequested.resolve("stop");
  });
  let service: RunningService | undefined;
  let isReloadDue = false;
  onSignal(["SIGHUP"], () => {
    if (service) reconfigure(service, reload, log);
    else {
      isReloadDue = true;
      log.info("the configuration is reloaded when this process serves");
    }
  });

  try {
    // A start may wait long for the XMPP server. Ending it at once harms nothing.
    const started = await Promise.race([startService(config, log), stopRequested.promise]);
    if (started === "stop") process.exit(EXIT.ok);
    service = started;
    if (isReloadDue) reconfigure(service, reload, log);
    const outcome = await Promise.race([stopRequested.promise, service.failed]);
    if (outcome !== "stop") throw outcome;
    await service.stop();
  } catch (error) {
    if (error instanceof StorageError) process.stderr.write(failureLine(error));
    else log.fatal({ err: error }, "the service failed");
    process.exit(EXIT.failed);
  }
  process.exit(EXIT.ok);
}

/** Applies the reloaded configuration. A configuration with problems changes nothing. */
function reconfigure(service: RunningService, reload: () => Config, log: Logger): void {
  try {
    const next = reload();
    const changes = service.reconfigure(next);
    log.level = next.logLevel;
    log.info(changes, "configuration reloaded");
  } catch (error) {
    const facts = error instanceof ConfigError ? { problems: error.problems } : { err: error };
    log.error(facts, "the configuration is invalid: keeping the previous one");
  }
}
