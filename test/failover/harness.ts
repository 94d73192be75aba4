// Two processes of the service, one that serves and one that stands by, while users talk. Faults strike at random
// instants. After each, what users heard is compared with what is kept.
import { setTimeout as sleep } from "node:timers/promises";
import { type Machine, type Network, networkProblem, openNetwork } from "../../dev/network.ts";
import { startEjabberd } from "../../dev/servers/ejabberd.ts";
import { type RunningPostgres, startPostgres } from "../../dev/servers/postgres.ts";
import { startProsody } from "../../dev/servers/prosody.ts";
import type { RunningServer } from "../../dev/servers/server.ts";
import { WITHOUT_RATES } from "../../dev/verona.ts";
import { Random } from "../crash/random.ts";
import { keptAfter } from "./kept-messages.ts";
import { Ledger, type Outcome } from "./ledger.ts";
import { Pair } from "./pair.ts";
import { STRIKES, type Strike } from "./strikes.ts";
import { ROOMS_DOMAIN, Talk, USERS_DOMAIN } from "./talk.ts";

const SECRET = "failover-secret";
/** Longest time of undisturbed talk before a fault, and the time after it; milliseconds. */
const MOST_TALK_MS = 2_000;
const TALK_AFTER_MS = 300;

export const SERVERS = { prosody: startProsody, ejabberd: startEjabberd };
export type ServerName = keyof typeof SERVERS;

export interface FailoverOptions {
  readonly failovers: number;
  readonly seed: number;
  readonly server: ServerName;
  /** Keeps the database's data safe from a crash of the machine, as in production. */
  readonly fsync?: boolean;
  /** Whether the server has the module of contrib that holds stanzas. True by default. */
  readonly hold?: boolean;
  /** Names of the faults to choose from; all by default. */
  readonly strikes?: readonly string[];
  /** Called with the number of faults so far. */
  progress?(done: number): void;
}

/** The outcome of one fault. */
export interface Failover extends Outcome {
  readonly strike: string;
  /** True if the other process serves now. */
  readonly isTakenOver: boolean;
}

export interface FailoverReport {
  readonly failovers: readonly Failover[];
  readonly findings: readonly string[];
  /** Faults that were left out, and why. */
  readonly leftOut: string | undefined;
}

/** Strikes so many times, or until something is found. */
export async function failover(options: FailoverOptions): Promise<FailoverReport> {
  const problem = networkProblem();
  const network = problem === undefined ? openNetwork() : undefined;
  const cleanUp: (() => unknown)[] = [() => network?.close()];
  try {
    const address = network?.address;
    const database = await startPostgres({ fsync: options.fsync ?? false, ...(address && { address }) });
    cleanUp.push(() => database.stop());
    const components = [ROOMS_DOMAIN, USERS_DOMAIN].map((domain) => ({ domain, secret: SECRET }));
    const server = await SERVERS[options.server]({
      domain: "localhost",
      components,
      users: [],
      ...(options.hold !== false && { hold: {} }),
      ...(address && { address }),
    });
    cleanUp.push(() => server.stop());
    const run = new FailoverRun(options, database, server, network);
    cleanUp.push(() => run.close());
    const failovers = await run.all();
    return { failovers, findings: run.findings, leftOut: problem };
  } finally {
    for (const step of cleanUp.reverse()) await step();
  }
}

class FailoverRun {
  readonly #options: FailoverOptions;
  readonly #database: RunningPostgres;
  readonly #server: RunningServer;
  readonly #url: string;
  readonly #machines: ReadonlyMap<string, Machine>;
  readonly #pair: Pair;
  readonly #ledger = new Ledger();
  readonly #random: Random;
  #talk: Talk | undefined;
  #position = "0";

  constructor(
    options: FailoverOptions,
    database: RunningPostgres,
    server: RunningServer,
    network: Network | undefined,
  ) {
    this.#options = options;
    this.#database = database;
    this.#server = server;
    this.#random = new Random(options.seed);
    this.#url = database.createDatabase();
    const names = ["one", "two"];
    this.#machines = new Map(network ? names.map((name) => [name, network.machine()] as const) : []);
    const host = network?.address ?? "127.0.0.1";
    const storage = String(Object.assign(new URL(this.#url), { hostname: host }));
    const places = names.map((name) => ({
      name,
      options: {
        server: { host, componentPort: server.componentPort },
        domain: ROOMS_DOMAIN,
        secret: SECRET,
        storage,
        command: this.#machines.get(name)?.command ?? [],
        env: { VERONA_STANDBY: "true", VERONA_ROOM_CREATION: "anyone", ...WITHOUT_RATES },
      },
    }));
    this.#pair = new Pair(places, (fault) => this.#ledger.findings.push(fault));
  }

  get findings(): readonly string[] {
    return this.#ledger.findings;
  }

  async all(): Promise<Failover[]> {
    await this.#pair.ready();
    const port = this.#server.componentPorts.at(-1) ?? this.#server.componentPort;
    const talk = await Talk.open(
      { host: "127.0.0.1", componentPort: port, secret: SECRET },
      this.#ledger,
      (error) => {
        this.#ledger.findings.push(`the users' connection was lost: ${error}`);
      },
    );
    this.#talk = talk;
    await talk.enter();
    await this.#compare(talk);
    const failovers: Failover[] = [];
    while (failovers.length < this.#options.failovers && this.findings.length === 0) {
      const strike = this.#random.of(this.#strikes());
      try {
        failovers.push(await this.#round(talk, strike));
      } catch (error) {
        throw new Error(`after "${strike.name}": ${error}\n${this.#pair.log()}`, { cause: error });
      }
      this.#options.progress?.(failovers.length);
    }
    return failovers;
  }

  async close(): Promise<void> {
    this.#talk?.pause();
    this.#talk?.close();
    await this.#pair.close();
  }

  async #round(talk: Talk, strike: Strike): Promise<Failover> {
    const holder = await this.#pair.ready();
    talk.start();
    await sleep(this.#random.below(MOST_TALK_MS));
    await strike.run({
      holder,
      machine: this.#machines.get(this.#pair.placeOf(holder) ?? ""),
      database: this.#database,
      isHeardAgain: () => talk.isHeardAgain(),
      random: (most) => this.#random.below(most),
    });
    await sleep(TALK_AFTER_MS);
    const isTakenOver = (await this.#pair.ready()) !== holder;
    talk.pause();
    const outcome = await this.#compare(talk);
    if (strike.isHarmless && isTakenOver)
      this.#ledger.findings.push(`a needless takeover after "${strike.name}"`);
    return { strike: strike.name, isTakenOver, ...outcome };
  }

  async #compare(talk: Talk): Promise<Outcome> {
    await talk.settle();
    const { kept, position } = await keptAfter(this.#url, this.#position);
    this.#position = position;
    return this.#ledger.compare(kept);
  }

  #strikes(): readonly Strike[] {
    const { strikes } = this.#options;
    return STRIKES.filter(
      ({ name, needsNetwork }) =>
        (strikes?.includes(name) ?? true) && (needsNetwork === undefined || this.#machines.size > 0),
    );
  }
}
