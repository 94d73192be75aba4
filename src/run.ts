import pino from "pino";
import { type Config, ConfigError } from "./config/config.ts";
import { giveMemoryBack } from "./heap.ts";
import { startService } from "./service.ts";
import { StorageError } from "./storage/store.ts";

const EXIT_FAILED = 1;
const EXIT_WRONG_CONFIGURATION = 2;
const EXIT_INTERRUPTED = 130;

/**
 * Runs the service until it is told to end or fails, and then ends the process: with 0 after an orderly stop
 * on SIGTERM or SIGINT, 130 at a second signal, 1 where the service fails, 2 where it cannot do as configured.
 */
export async function runService(config: Config): Promise<void> {
  giveMemoryBack();
  // Synchronous: an asynchronous destination may lose the last lines when the process ends.
  const log = pino(
    { level: config.logLevel, base: { name: "verona" } },
    pino.destination({ fd: 1, sync: true }),
  );
  const stopRequested = Promise.withResolvers<"stop">();
  let signals = 0;
  for (const signal of ["SIGTERM", "SIGINT"] as const) {
    process.on(signal, () => {
      signals += 1;
      if (signals > 1) process.exit(EXIT_INTERRUPTED);
      log.info({ signal }, "stopping");
      stopRequested.resolve("stop");
    });
  }

  try {
    // A start may wait long for the XMPP server, and its work is not such that an exit could harm it.
    const service = await Promise.race([startService(config, log), stopRequested.promise]);
    if (service === "stop") process.exit(0);
    const outcome = await Promise.race([stopRequested.promise, service.failed]);
    if (outcome !== "stop") throw outcome;
    await service.stop();
  } catch (error) {
    if (error instanceof ConfigError) {
      process.stderr.write(`${error.problems.join("\n")}\n`);
      process.exit(EXIT_WRONG_CONFIGURATION);
    }
    if (error instanceof StorageError)
      process.stderr.write(`verona: ${error.message.replaceAll("\n", " ")}\n`);
    else log.fatal({ err: error }, "the service failed");
    process.exit(EXIT_FAILED);
  }
  process.exit(0);
}
