// Two processes of the service for one database. A supervisor starts each again when it ends.
import { setTimeout as sleep } from "node:timers/promises";
import { launchVerona, type RunningVerona, type VeronaOptions } from "../../dev/verona.ts";

/** As `RestartSec` in docs/verona.service; milliseconds. */
const RESTART_MS = 500;
const POLL_MS = 5;
const TIMEOUT_MS = 60_000;

/** One of the two places of the service. */
export interface Place {
  readonly name: string;
  readonly options: VeronaOptions;
}

interface Running extends Place {
  verona: RunningVerona;
}

export class Pair {
  readonly #running: readonly Running[];
  readonly #found: (fault: string) => void;
  #isClosed = false;

  /** Starts both; `found` gets lines of their logs that tell of a fault in the program. */
  constructor(places: readonly Place[], found: (fault: string) => void) {
    this.#found = found;
    this.#running = places.map((place) => ({ ...place, verona: launchVerona(place.options) }));
    for (const running of this.#running) void this.#supervise(running);
  }

  /** The process that serves: the one that went online last. */
  get holder(): RunningVerona | undefined {
    const online = this.#running.filter(({ verona }) => onlineSince(verona) !== undefined);
    return online.toSorted((a, b) => (onlineSince(b.verona) ?? 0) - (onlineSince(a.verona) ?? 0))[0]?.verona;
  }

  /** Returns the name of the place of a process; undefined if the process has been replaced. */
  placeOf(verona: RunningVerona): string | undefined {
    return this.#running.find((running) => running.verona === verona)?.name;
  }

  /** Resolves with the holder when one process serves and the other one stands by. */
  async ready(): Promise<RunningVerona> {
    const isReady = (): boolean => {
      const { holder } = this;
      return (
        holder !== undefined && this.#running.every(({ verona }) => verona === holder || isStandingBy(verona))
      );
    };
    await this.#until(isReady, "no process serves, or none stands by");
    return this.holder as RunningVerona;
  }

  /** Returns everything that the present processes have logged. */
  log(): string {
    return this.#running.map(({ name, verona }) => `${name}:\n${verona.log()}`).join("\n");
  }

  /** Ends both. */
  async close(): Promise<void> {
    this.#isClosed = true;
    for (const { verona } of this.#running) {
      if (verona.exitCode() !== undefined) continue;
      process.kill(verona.pid, "SIGCONT");
      verona.kill();
    }
    await Promise.all(this.#running.map(({ verona }) => verona.ended));
  }

  async #supervise(running: Running): Promise<void> {
    for (;;) {
      await running.verona.ended;
      const log = running.verona.log();
      const complaint = log.match(/.*(?:"level":60|failed to handle|a room failed).*/m);
      if (complaint) this.#found(`${running.name} complains: ${complaint[0]}`);
      await sleep(RESTART_MS);
      if (this.#isClosed) return;
      running.verona = launchVerona(running.options);
    }
  }

  async #until(holds: () => boolean, fault: string): Promise<void> {
    const deadline = performance.now() + TIMEOUT_MS;
    while (!holds()) {
      if (performance.now() > deadline) throw new Error(fault);
      await sleep(POLL_MS);
    }
  }
}

/** The messages of the log that tell what a process does. */
const STATES = /"time":(\d+).*"msg":"(online|offline|stopping|waiting as a standby)"/g;

/** Returns the latest of these messages, and its time in milliseconds; undefined for a process that has ended. */
function stateOf(verona: RunningVerona): { state: string; since: number } | undefined {
  if (verona.exitCode() !== undefined) return undefined;
  const [, since, state = ""] = [...verona.log().matchAll(STATES)].at(-1) ?? [];
  return { state, since: Number(since) };
}

/** Returns when a process went online; undefined if it is not online. */
function onlineSince(verona: RunningVerona): number | undefined {
  const now = stateOf(verona);
  return now?.state === "online" ? now.since : undefined;
}

const isStandingBy = (verona: RunningVerona): boolean => stateOf(verona)?.state === "waiting as a standby";
