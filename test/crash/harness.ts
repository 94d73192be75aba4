// Kills the service at random instants under load, restarts it, and compares the store with what clients were told.
import { setTimeout as sleep } from "node:timers/promises";
import { launchVerona, type RunningVerona, WITHOUT_RATES } from "../../dev/verona.ts";
import { loadConfig } from "../../src/config/load.ts";
import { type ComponentPort, openComponentPort } from "./component-port.ts";
import { Identifiers } from "./identifiers.ts";
import { inspect } from "./inspect.ts";
import { Ledger } from "./ledger.ts";
import { ADMIN, DOMAIN, Load, NODES } from "./load.ts";
import { type Kept, Model, NOTHING } from "./model.ts";
import { Random } from "./random.ts";
import { Views } from "./views.ts";

const SECRET = "crash-secret";
/** Number of expected stanzas above which a room is sent no more. */
const WINDOWS = [1, 20, 100, 400];
/** Length of a room's output below which no presence replaces an older one that waits: the model knows no backlog. */
const MAX_OUTPUT = 400_000;
const MOST_MS = 600;
const TIMEOUT_MS = 40_000;
/** Kills of a thousand during the start of the service, and during its first answers. */
const EARLY = 100;

export interface CrashOptions {
  readonly kills: number;
  readonly seed: number;
  /** "sqlite:" and an absolute path, or the address of a database. It stays the same over all kills. */
  readonly storage: string;
  /** Ends the run early. */
  readonly mostFindings?: number;
  /** Called with the number of kills so far. */
  progress?(kills: number): void;
}

export interface CrashReport {
  kills: number;
  /** Kills before the service was online, and during its answers after a restart. */
  early: number;
  stanzasSent: number;
  stanzasTold: number;
  messagesHeard: number;
  messagesKept: number;
  questions: number;
  /** Rooms that were compared with the store, over all kills. */
  comparisons: number;
  /** Stanzas that were stored before anybody was told, and stanzas that were lost with nobody told. */
  keptUntold: number;
  lostUntold: number;
  readonly findings: string[];
}

export async function crash(options: CrashOptions): Promise<CrashReport> {
  const run = new CrashRun(options);
  return await run.all();
}

class CrashRun {
  readonly #options: CrashOptions;
  readonly #random: Random;
  readonly #load: Load;
  readonly #model: Model;
  readonly #identifiers = new Identifiers();
  readonly #views = new Views((jid) => jid === ADMIN);
  readonly #ledgers = new Map<string, Ledger>();
  /** Rooms whose stored state not everybody was told, or whose occupants must learn it again. */
  readonly #behind = new Set<string>();
  readonly #env: Record<string, string> = {
    VERONA_ADMINS: ADMIN,
    VERONA_ROOM_CREATION: "anyone",
    ...WITHOUT_RATES,
  };
  #port: ComponentPort | undefined;
  readonly report: CrashReport = {
    kills: 0,
    early: 0,
    stanzasSent: 0,
    stanzasTold: 0,
    messagesHeard: 0,
    messagesKept: 0,
    questions: 0,
    comparisons: 0,
    keptUntold: 0,
    lostUntold: 0,
    findings: [],
  };

  constructor(options: CrashOptions) {
    this.#options = options;
    this.#random = new Random(options.seed);
    this.#load = new Load(this.#random);
    const env = {
      VERONA_DOMAIN: DOMAIN,
      VERONA_SECRET: SECRET,
      VERONA_STORAGE: options.storage,
      ...this.#env,
    };
    this.#model = new Model(loadConfig({ env, cwd: "/" }));
    for (const node of NODES) this.#ledgers.set(node, new Ledger(this.#identifiers, NOTHING));
  }

  async all(): Promise<CrashReport> {
    const { kills, mostFindings = 5 } = this.#options;
    this.#port = await openComponentPort(SECRET, (stanza) => this.#receive(stanza));
    try {
      while (this.report.kills < kills && this.report.findings.length < mostFindings) await this.#round();
      // The last start shows that the service survived the last kill.
      const verona = this.#start();
      await this.#online(verona);
      const deadline = Date.now() + TIMEOUT_MS;
      // On a slow machine, no message may arrive before any of the kills.
      await this.#converse(() => this.#views.messages > 0 || Date.now() > deadline);
      await this.#ask(() => false);
      if ((await verona.stop()) !== 0) this.#find(`the orderly end failed: ${verona.log()}`);
      await this.#compare();
    } finally {
      await this.#port.close();
    }
    this.report.messagesHeard = this.#views.messages;
    return this.report;
  }

  #find(finding: string): void {
    this.report.findings.push(`after kill ${this.report.kills}: ${finding}`);
  }

  #start(): RunningVerona {
    const port = this.#port as ComponentPort;
    const { storage } = this.#options;
    return launchVerona({ server: port, domain: DOMAIN, secret: SECRET, storage, env: this.#env });
  }

  async #online(verona: RunningVerona): Promise<void> {
    const deadline = Date.now() + TIMEOUT_MS;
    while (!this.#port?.online) {
      if (Date.now() > deadline) throw new Error(`the service is not online:\n${verona.log()}`);
      await sleep(2);
    }
  }

  async #round(): Promise<void> {
    const verona = this.#start();
    let killed = false;
    const kill = (): void => {
      if (killed) return;
      killed = true;
      verona.kill();
    };
    const isEarly = this.#random.below(1000) < EARLY;
    const timer = setTimeout(kill, isEarly ? this.#random.below(800) : TIMEOUT_MS);
    await Promise.race([this.#online(verona), verona.ended]);
    if (!killed) await this.#ask(() => killed);
    clearTimeout(timer);
    if (killed) this.report.early += 1;
    else {
      setTimeout(kill, this.#random.below(MOST_MS));
      await this.#converse(() => killed);
    }
    await verona.ended;
    await this.#port?.drained();
    this.report.kills += 1;
    this.#options.progress?.(this.report.kills);
    const complaint = verona.log().match(/.*(?:"level":(?:50|60)|^verona: ).*/m);
    if (complaint) this.#find(`the service complains: ${complaint[0]}`);
    await this.#compare();
  }

  #send(xml: string): void {
    const consequence = this.#model.take(xml);
    this.#ledgers.get(consequence.node)?.send(xml, consequence);
    this.#port?.write(xml);
    this.report.stanzasSent += 1;
  }

  #receive(stanza: string): void {
    const from = / from="([^"]*)"/.exec(stanza)?.[1] ?? "";
    const node = from.slice(0, from.indexOf("@"));
    if (stanza.startsWith("<iq") && / type="get"/.test(stanza)) {
      this.#answer(stanza, from);
      return;
    }
    this.report.stanzasTold += 1;
    const fault = this.#ledgers.get(node)?.receive(stanza);
    if (fault !== undefined) this.#find(`${node}: ${fault}`);
    this.#views.receive(node, stanza);
  }

  /** Answers the pings (XEP-0199) that the room sends after a restart. */
  #answer(stanza: string, from: string): void {
    const [, to = ""] = / to="([^"]*)"/.exec(stanza) ?? [];
    const [, id = ""] = / id="([^"]*)"/.exec(stanza) ?? [];
    this.#port?.write(`<iq type="result" id="${id}" from="${to}" to="${from}"/>`);
  }

  /** Sends every query that shows the state of the service, and waits for the answers. */
  async #ask(isOver: () => boolean): Promise<void> {
    const before = this.report.stanzasSent;
    const deadline = Date.now() + TIMEOUT_MS;
    for (const node of NODES) {
      const inside = this.#views.inside(node);
      for (const question of this.#load.questions(node, this.#model.room(node), inside)) this.#send(question);
      // Users who may have missed something enter again, and so does another one, for the history.
      const all = new Set([...inside, ...(this.#model.room(node)?.sessions.keys() ?? [])]);
      const again = this.#behind.has(node) ? all : inside.slice(0, 1);
      // A user who enters again knows nothing until the answer arrives. A kill may prevent that.
      this.#behind.add(node);
      for (const client of again) {
        const nick = this.#model.room(node)?.sessions.get(client)?.nick;
        while (this.#isFull(node) && !isOver() && Date.now() < deadline) await sleep(1);
        this.#views.forget(node, client);
        this.#send(this.#load.enter(node, client, nick));
      }
    }
    this.report.questions += this.report.stanzasSent - before;
    while (!isOver() && this.#outstanding() > 0) {
      if (Date.now() > deadline) {
        const next = [...this.#ledgers.values()].map((ledger) => ledger.next).find(Boolean);
        this.#find(`nothing more comes; expected is ${next}`);
        return;
      }
      await sleep(1);
    }
    if (!isOver()) this.#behind.clear();
  }

  #isFull(node: string): boolean {
    return (this.#ledgers.get(node)?.outstandingLength ?? 0) > MAX_OUTPUT;
  }

  #outstanding(): number {
    return [...this.#ledgers.values()].reduce((sum, ledger) => sum + ledger.outstanding, 0);
  }

  /** Sends stanzas of users, as fast as the window of this round allows. */
  async #converse(isOver: () => boolean): Promise<void> {
    const window = this.#random.of(WINDOWS);
    while (!isOver()) {
      for (let burst = 0; burst < 20 && this.#outstanding() < window; burst += 1) {
        const node = this.#random.of(NODES);
        if (this.#isFull(node)) break;
        this.#send(this.#load.next(node, this.#model.room(node)));
      }
      await sleep(0);
    }
  }

  /** Compares the store with what clients were told, and goes on from there. */
  async #compare(): Promise<void> {
    const found = await inspect(this.#options.storage);
    const after = new Map<string, Kept>();
    let messages = 0;
    for (const [node, ledger] of this.#ledgers) {
      const there = found.get(node) ?? { room: undefined, destroyed: undefined, archive: [] };
      found.delete(node);
      messages += there.archive.length;
      this.report.comparisons += 1;
      const settled = ledger.settle(there);
      if (typeof settled === "string") {
        this.#find(`${node}: ${settled}`);
        throw new Error(this.report.findings.join("\n"));
      }
      for (const fault of this.#views.compare(node, there, settled.isTold && !this.#behind.has(node)))
        this.#find(fault);
      this.report.keptUntold += settled.untold;
      this.report.lostUntold += settled.lost;
      if (!settled.isTold) this.#behind.add(node);
      after.set(node, settled.kept);
    }
    for (const node of found.keys()) this.#find(`${node} is kept, which nobody made`);
    this.report.messagesKept = Math.max(this.report.messagesKept, messages);
    this.#model.restart(after);
  }
}
