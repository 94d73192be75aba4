import type { Logger } from "pino";
import { failureLine } from "./cli/errors.ts";
import { EXIT } from "./cli/exit-status.ts";
import { onSignal } from "./cli/signals.ts";
import { type Config, ConfigError } from "./config/config.ts";
import { ownLanguages } from "./config/languages.ts";
import type { ConfigSources } from "./config/source-names.ts";
import { storageName } from "./config/storage-url.ts";
import { compileEarly } from "./early-compilation.ts";
import { raiseHeapCompaction } from "./heap-compaction.ts";
import { createLog } from "./log.ts";
import { readManifest } from "./manifest.ts";
import type { Reloaded } from "./operations/operation-service.ts";
import { type RunningService, startService } from "./service.ts";
import { StorageError } from "./storage/store.ts";
import { addLanguages } from "./xmpp/text.ts";

/** One domain. */
export interface RunOptions {
  readonly config: Config;
  readonly sources: ConfigSources;
  /** Loads the configuration again. Throws `ConfigError`. */
  reload(): Config;
}

/** The service of one domain from before its start. */
class Domain {
  readonly #options: RunOptions;
  readonly #log: Logger;
  #service: RunningService | undefined;
  #isReloadDue = false;

  constructor(options: RunOptions, log: Logger) {
    this.#options = options;
    this.#log = log;
  }

  get log(): Logger {
    return this.#log;
  }

  /** Starts the service. Resolves with the fault when it fails; rejects if it cannot start. */
  async run(): Promise<Error> {
    const { config } = this.#options;
    addLanguages(config.service.languageFiles);
    this.#service = await startService(config, this.#log, () => this.reload());
    if (this.#isReloadDue) this.reload();
    return this.#service.failed;
  }

  async stop(): Promise<void> {
    await this.#service?.stop();
  }

  /** Applies the reloaded configuration. A configuration with problems changes nothing. */
  reload(): Reloaded {
    const nothing = { applied: [], afterRestart: [], problems: [] };
    const service = this.#service;
    if (!service) {
      this.#isReloadDue = true;
      this.#log.info("the configuration is reloaded when this process serves");
      return nothing;
    }
    try {
      const next = this.#options.reload();
      const changes = service.reconfigure(next);
      addLanguages(next.service.languageFiles);
      this.#log.level = next.logLevel;
      this.#log.info(changes, "configuration reloaded");
      return { ...nothing, ...changes };
    } catch (error) {
      const facts = error instanceof ConfigError ? { problems: error.problems } : { err: error };
      this.#log.error(facts, "the configuration is invalid: keeping the previous one");
      const problems = error instanceof ConfigError ? error.problems : [String(error)];
      return { ...nothing, problems };
    }
  }
}

/**
 * Runs the service of each domain, and ends the process when they stop or one of them fails: with status 0 after SIGTERM or SIGINT,
 * 130 at a second signal, 1 if one fails, after the others have stopped. SIGHUP reloads the configurations; a process that
 * is starting or standing by does so when it serves.
 */
export async function runServices(all: readonly RunOptions[]): Promise<never> {
  compileEarly();
  raiseHeapCompaction();
  addLanguages(ownLanguages());
  const { version } = readManifest();
  const domains = all.map((options) => {
    const { config, sources } = options;
    const log = createLog(config.logLevel, all.length > 1 ? { domain: config.component.domain } : {});
    const storage = storageName(config.storage);
    log.info({ version, node: process.version, pid: process.pid, storage, ...sources }, "starting");
    return new Domain(options, log);
  });
  const stopRequested = Promise.withResolvers<"stop">();
  let signals = 0;
  onSignal(["SIGTERM", "SIGINT"], (signal) => {
    signals += 1;
    if (signals > 1) process.exit(EXIT.interrupted);
    for (const { log } of domains) log.info({ signal }, "stopping");
    stopRequested.resolve("stop");
  });
  onSignal(["SIGHUP"], () => {
    for (const domain of domains) domain.reload();
  });
  // A start may wait long for the XMPP server. Ending it at once harms nothing.
  const outcomes = domains.map((domain) => Promise.race([stopRequested.promise, faultOf(domain)]));
  const first = await Promise.race(outcomes);
  const stops = await Promise.all(
    domains.map((domain) => (first === "stop" || first.domain !== domain ? endOf(domain) : undefined)),
  );
  const faults = [first, ...stops].filter((outcome) => typeof outcome === "object");
  for (const { domain, fault } of faults) tell(domain, fault);
  process.exit(faults.length === 0 ? EXIT.ok : EXIT.failed);
}

interface Fault {
  readonly domain: Domain;
  readonly fault: unknown;
}

/** Resolves with the fault that ends a domain's service. */
const faultOf = (domain: Domain): Promise<Fault> =>
  domain.run().then(
    (fault) => ({ domain, fault }),
    (fault: unknown) => ({ domain, fault }),
  );

/** Stops a domain's service. Resolves with the fault if that fails. */
const endOf = (domain: Domain): Promise<Fault | undefined> =>
  domain.stop().then(
    () => undefined,
    (fault: unknown) => ({ domain, fault }),
  );

function tell({ log }: Domain, fault: unknown): void {
  if (fault instanceof StorageError) process.stderr.write(failureLine(fault));
  else log.fatal({ err: fault }, "the service failed");
}
