// Nodes of a service that come and go behind an ejabberd cluster, while users at all ejabberd nodes talk.
import { setTimeout as sleep } from "node:timers/promises";
import { costOf } from "../../../bench/process-cost.ts";
import { type EjabberdCluster, startEjabberdCluster } from "../../../dev/servers/ejabberd-cluster.ts";
import { freePorts } from "../../../dev/servers/ports.ts";
import { type RunningPostgres, startPostgres } from "../../../dev/servers/postgres.ts";
import { launchVerona, type RunningVerona, WITHOUT_RATES } from "../../../dev/verona.ts";
import { heirOf, SLOTS, slotOf } from "../../../src/cluster/slots.ts";
import { Crowd } from "./crowd.ts";
import { OrderCheck } from "./order-check.ts";

const COMPONENT = { domain: "rooms.localhost", secret: "churn-secret" };
const USERS_PER_NODE = 2;
const TICK_MS = 5;
/** Milliseconds between two looks at the nodes' figures, which cost them time. */
const LOOK_MS = 200;
const TIMEOUT_MS = 60_000;

/** What happens to a node; "return" is its next start. */
export const ACTS = ["stop", "kill", "hang"] as const;
export type Act = (typeof ACTS)[number];
type Step = Act | "return";

export interface ChurnOptions {
  readonly nodes: number;
  readonly rooms: number;
  /** Messages that all users say together in a second, and while the cost of one is measured. */
  readonly perSecond: number;
  readonly perSecondBusy: number;
  /** What happens, in turn, to one node after the other. */
  readonly acts: readonly Act[];
  /** Milliseconds of talk between two steps. */
  readonly calmMs: number;
  progress?(done: number): void;
}

/** Longest times between a message and its copy for the sender, of rooms that had to move and of all others; milliseconds. */
export interface StepReport {
  readonly step: Step;
  readonly moved: number;
  readonly others: number;
  readonly lost: number;
}

export interface ChurnReport {
  readonly steps: readonly StepReport[];
  readonly said: number;
  readonly heard: number;
  /** CPU time of all processes of the service for a message: with one node that serves all, and with all nodes; µs. */
  readonly cpuAlone: number;
  readonly cpuTogether: number;
  readonly findings: readonly string[];
}

/** Runs the acts. Every finding is a broken promise. */
export async function churn(options: ChurnOptions): Promise<ChurnReport> {
  const [database, cluster] = await Promise.all([
    startPostgres(),
    startEjabberdCluster({ domain: "localhost", users: [], component: COMPONENT, nodes: options.nodes }),
  ]);
  const run = new Churn(options, database, cluster);
  try {
    return await run.run();
  } finally {
    run.end();
    await Promise.all([database.stop(), cluster.stop()]);
  }
}

interface Node {
  readonly name: string;
  readonly verona: RunningVerona;
  /** Returns the number of slots that it serves. */
  slots(): Promise<number>;
}

class Churn {
  readonly #options: ChurnOptions;
  readonly #cluster: EjabberdCluster;
  readonly #storage: string;
  readonly #check = new OrderCheck();
  readonly #nodes: (Node | undefined)[] = [];
  readonly #crowds: Crowd[] = [];
  readonly #rooms: readonly string[];
  readonly #steps: StepReport[] = [];
  /** When messages were sent, by id; and the longest latencies of this step by room. */
  readonly #sentAt = new Map<string, number>();
  readonly #latencies = new Map<string, number>();
  #timer: NodeJS.Timeout | undefined;
  #said = 0;

  constructor(options: ChurnOptions, database: RunningPostgres, cluster: EjabberdCluster) {
    this.#options = options;
    this.#cluster = cluster;
    this.#storage = database.createDatabase();
    this.#rooms = Array.from({ length: options.rooms }, (_, number) => `room${number}`);
  }

  async run(): Promise<ChurnReport> {
    await this.#start(0);
    await this.#openCrowds();
    const cpuAlone = await this.#cost();
    for (let place = 1; place < this.#options.nodes; place += 1) await this.#start(place);
    await this.#balanced();
    const cpuTogether = await this.#cost();
    let place = 0;
    for (const [number, act] of this.#options.acts.entries()) {
      await this.#act(act, place);
      await this.#step("return", this.#names(), () => this.#start(place));
      this.#options.progress?.(number + 1);
      place = (place + 1) % this.#options.nodes;
    }
    await this.#areInside();
    const { heardCount: heard, findings } = this.#check;
    return { steps: this.#steps, said: this.#said, heard, cpuAlone, cpuTogether, findings };
  }

  end(): void {
    this.#pause();
    for (const crowd of this.#crowds) crowd.close();
    for (const node of this.#nodes) node?.verona.kill();
  }

  async #start(place: number): Promise<void> {
    const server = this.#cluster.nodes[place];
    if (!server) throw new Error(`there is no ejabberd node ${place}`);
    const [port] = (await freePorts(1)) as [number];
    const name = `n${place + 1}`;
    const verona = launchVerona({
      ...{ server, ...COMPONENT, storage: this.#storage },
      env: {
        ...{ ...WITHOUT_RATES, VERONA_CLUSTER: "true", VERONA_NODE_NAME: name },
        ...{ VERONA_METRICS_PORT: String(port), VERONA_ROOM_CREATION: "anyone" },
      },
    });
    this.#nodes[place] = {
      ...{ name, verona },
      async slots() {
        const answer = await fetch(`http://127.0.0.1:${port}/metrics`).catch(() => undefined);
        return Number(/^verona_cluster_slots (\d+)$/m.exec((await answer?.text()) ?? "")?.[1] ?? 0);
      },
    };
    await this.#balanced();
  }

  async #openCrowds(): Promise<void> {
    for (const [place, server] of this.#cluster.nodes.entries()) {
      const domain = `users${place}.localhost`;
      const options = {
        server,
        secret: COMPONENT.secret,
        domain,
        rooms: COMPONENT.domain,
        size: USERS_PER_NODE,
      };
      const crowd = await Crowd.open(options, {
        heard: (recipient, said) => {
          this.#check.hear(recipient, said);
          if (recipient === said.sender)
            this.#noteLatency(said.room, `${said.room}:${said.sender}:${said.number}`);
        },
        refused: (said) => this.#check.refuse(said),
        departed: (recipient, from) =>
          this.#check.findings.push(`${recipient} was told that ${from} has left`),
      });
      this.#crowds.push(crowd);
    }
    for (const room of this.#rooms)
      for (const [place, crowd] of this.#crowds.entries()) await crowd.enter(room, place === 0);
  }

  /** Returns the CPU time for a message, in microseconds, of a while of talk: so much for each node that runs. */
  async #cost(): Promise<number> {
    const read = (): number =>
      this.#running().reduce((sum, { verona }) => sum + costOf(verona.pid).cpuSeconds, 0);
    this.#talk(this.#options.perSecondBusy * this.#running().length);
    await sleep(this.#options.calmMs);
    const [before, said] = [read(), this.#said];
    await sleep(2 * this.#options.calmMs);
    const cost = ((read() - before) * 1e6) / (this.#said - said);
    await this.#settle();
    return cost;
  }

  async #act(act: Act, place: number): Promise<void> {
    const node = this.#nodes[place];
    if (!node) throw new Error(`there is no node ${place}`);
    const before = this.#names();
    await this.#step(act, before, async () => {
      this.#nodes[place] = undefined;
      if (act === "stop") {
        const status = await node.verona.stop();
        if (status !== 0) this.#check.findings.push(`a node that was stopped ended with status ${status}`);
      }
      if (act === "kill") node.verona.kill();
      if (act === "hang") process.kill(node.verona.pid, "SIGSTOP");
      await this.#balanced();
      if (act !== "hang") return;
      process.kill(node.verona.pid, "SIGCONT");
      await node.verona.ended;
    });
  }

  /** Does something to the nodes while users talk, and reports what they noticed. */
  async #step(step: Step, before: readonly string[], change: () => Promise<void>): Promise<void> {
    this.#talk();
    await sleep(this.#options.calmMs);
    this.#latencies.clear();
    await change();
    await sleep(this.#options.calmMs);
    await this.#settle();
    const after = this.#names();
    const isMoved = (room: string): boolean => ownerOf(room, before) !== ownerOf(room, after);
    const longest = (rooms: readonly string[]): number =>
      Math.max(0, ...rooms.map((room) => this.#latencies.get(room) ?? 0));
    const lost = this.#check.takeLost(this.#users());
    this.#steps.push({
      ...{ step, lost },
      moved: longest(this.#rooms.filter(isMoved)),
      others: longest(this.#rooms.filter((room) => !isMoved(room))),
    });
    if (lost > 0 && (step === "stop" || step === "return"))
      this.#check.findings.push(`${lost} messages were lost at a ${step}`);
  }

  #talk(perSecond = this.#options.perSecond): void {
    const began = performance.now();
    let count = 0;
    const speakers = this.#crowds.flatMap((crowd) => crowd.names.map((name) => ({ crowd, name })));
    this.#timer ??= setInterval(() => {
      // Timers come late; the rate stays.
      for (; (count * 1000) / perSecond < performance.now() - began; count += 1) {
        const room = this.#rooms[this.#said % this.#rooms.length] ?? "";
        const speaker = speakers[Math.floor(this.#said / this.#rooms.length) % speakers.length];
        this.#said += 1;
        if (!speaker) return;
        const number = this.#check.send(room, speaker.name);
        this.#sentAt.set(`${room}:${speaker.name}:${number}`, performance.now());
        speaker.crowd.say(room, speaker.name, number);
      }
    }, TICK_MS);
  }

  #pause(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  /** Ends the talk, and waits until everything is heard, or nothing more comes. */
  async #settle(): Promise<void> {
    this.#pause();
    const users = this.#users();
    let heard = -1;
    while (!this.#check.isCaughtUp(users) && heard !== this.#check.heardCount) {
      heard = this.#check.heardCount;
      for (let waited = 0; waited < 3_000 && !this.#check.isCaughtUp(users); waited += 50) await sleep(50);
    }
    this.#sentAt.clear();
  }

  #noteLatency(room: string, id: string): void {
    const sentAt = this.#sentAt.get(id);
    if (sentAt === undefined) return;
    this.#sentAt.delete(id);
    this.#latencies.set(room, Math.max(this.#latencies.get(room) ?? 0, performance.now() - sentAt));
  }

  /** Waits until each node serves its share. */
  async #balanced(): Promise<void> {
    const deadline = performance.now() + TIMEOUT_MS;
    const nodes = this.#running();
    for (;;) {
      const served = await Promise.all(nodes.map((node) => node.slots()));
      if (nodes.every((node, place) => served[place] === shareOf(node.name, this.#names()))) return;
      const ended = nodes.find(({ verona }) => verona.exitCode() !== undefined);
      if (ended) throw new Error(`${ended.name} has ended:\n${ended.verona.log()}`);
      if (performance.now() > deadline)
        throw new Error(
          `the nodes do not share the slots: ${served}\n${nodes.map(({ verona }) => verona.log()).join("\n")}`,
        );
      await sleep(LOOK_MS);
    }
  }

  async #areInside(): Promise<void> {
    for (const room of this.#rooms)
      for (const crowd of this.#crowds)
        for (const name of crowd.names)
          if (!(await crowd.isInside(room, name)))
            this.#check.findings.push(`${name} is not in ${room} any more`);
  }

  #running(): Node[] {
    return this.#nodes.filter((node) => node !== undefined);
  }

  #names(): string[] {
    return this.#running().map(({ name }) => name);
  }

  #users(): string[] {
    return this.#crowds.flatMap(({ names }) => names);
  }
}

const ownerOf = (room: string, names: readonly string[]): string | undefined =>
  heirOf(
    slotOf(room),
    names.map((name) => ({ name })),
  )?.name;

function shareOf(name: string, names: readonly string[]): number {
  const nodes = names.map((each) => ({ name: each }));
  return Array.from({ length: SLOTS }, (_, slot) => heirOf(slot, nodes)?.name).filter(
    (owner) => owner === name,
  ).length;
}
