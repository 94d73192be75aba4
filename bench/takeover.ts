// Measures the pause when the serving process is killed and a standby takes over, by number of occupied rooms.
import { ACCEPTED, serverHeader } from "../dev/component-handshake.ts";
import { type LoopbackListener, listenOnLoopback } from "../dev/loopback-listener.ts";
import { startPostgres } from "../dev/servers/postgres.ts";
import { launchVerona, type RunningVerona } from "../dev/verona.ts";
import type { JournalEntry } from "../src/muc/model/journal.ts";
import { DEFAULT_ROOM_CONFIG } from "../src/muc/model/room-config.ts";
import { openStore } from "../src/storage/open-store.ts";
import { aligned, quantiles } from "./table.ts";

const ROOMS: readonly number[] = [1, 10_000];
const ROUNDS = 10;
const DOMAIN = "conference.bench.example";
const SECRET = "bench";
const OCCUPANT = "witch@bench.example/phone";
/** Rooms in one commit. */
const AT_ONCE = 1_000;

/** Milliseconds from the kill. */
interface Pause {
  readonly linked: number;
  readonly answered: number;
}

/** Returns a line for each number of occupied rooms: the time from the kill to the new link, and to the first answer. */
export async function takeoverTable(isQuick: boolean): Promise<string> {
  const lines: string[][] = [];
  const postgres = await startPostgres({ fsync: true });
  try {
    for (const rooms of ROOMS) {
      const url = postgres.createDatabase();
      await fill(url, rooms);
      const pauses = await pausesOf(url, rooms, isQuick ? 1 : ROUNDS);
      const linked = quantiles(
        pauses.map((pause) => pause.linked),
        [0.5, 1],
      );
      const answered = quantiles(
        pauses.map((pause) => pause.answered),
        [0.5, 1],
      );
      lines.push([`${rooms}`, "killed", ...linked, ...answered]);
    }
  } finally {
    await postgres.stop();
  }
  const headings = ["p50 to the link, ms", "longest", "p50 to the first answer, ms", "longest"];
  return aligned([["occupied rooms", "", ...headings], ...lines]);
}

async function fill(url: string, rooms: number): Promise<void> {
  const store = await openStore({ kind: "postgres", url });
  for (let first = 0; first < rooms; first += AT_ONCE)
    await store.commit(
      Array.from({ length: Math.min(AT_ONCE, rooms - first) }, (_, index) => occupiedRoom(first + index)),
    );
  await store.close();
}

function occupiedRoom(number: number): JournalEntry {
  const session = {
    jid: OCCUPANT,
    nick: "witch",
    role: "participant",
    payload: "",
    language: undefined,
  } as const;
  return {
    kind: "room-stored",
    room: {
      ...{ node: `coven${number}`, config: DEFAULT_ROOM_CONFIG, locked: false, subject: undefined },
      ...{ affiliations: [], notes: new Map(), sessions: [session] },
    },
  };
}

/** Kills the serving process again and again, while another one waits. */
async function pausesOf(url: string, rooms: number, rounds: number): Promise<Pause[]> {
  const server = new StubServer();
  const port = await server.listen();
  const launch = (): RunningVerona =>
    launchVerona({
      ...{ server: { host: "127.0.0.1", componentPort: port }, domain: DOMAIN, secret: SECRET },
      ...{ storage: url, env: { VERONA_STANDBY: "true" } },
    });
  let serving = launch();
  try {
    await serving.logged("online");
    const pauses: Pause[] = [];
    for (let round = 0; round < rounds; round += 1) {
      const waiting = launch();
      await waiting.logged("waiting as a standby");
      const start = performance.now();
      serving.kill();
      serving = waiting;
      await server.nextLink();
      const linked = performance.now() - start;
      await server.ask(`coven${rooms - 1}@${DOMAIN}`);
      pauses.push({ linked, answered: performance.now() - start });
    }
    return pauses;
  } finally {
    serving.kill();
    await server.close();
  }
}

/** Plays the server: accepts every component, and asks rooms. */
class StubServer {
  #listener: LoopbackListener | undefined;
  #linked = Promise.withResolvers<void>();
  #answered = Promise.withResolvers<void>();
  #asked = 0;

  async listen(): Promise<number> {
    this.#listener = await listenOnLoopback((socket) => {
      socket.setEncoding("utf8");
      socket.on("data", (text: string) => {
        if (text.includes("<stream:stream")) socket.write(serverHeader(DOMAIN, "bench"));
        if (text.includes("<handshake")) {
          socket.write(ACCEPTED);
          this.#linked.resolve();
          this.#linked = Promise.withResolvers();
        }
        if (text.includes(`id="ask${this.#asked}"`)) this.#answered.resolve();
      });
    });
    return this.#listener.port;
  }

  nextLink(): Promise<void> {
    return this.#linked.promise;
  }

  /** Asks a room for its information (XEP-0045 section 6.4); resolves with the answer. */
  async ask(room: string): Promise<void> {
    this.#asked += 1;
    this.#answered = Promise.withResolvers();
    this.#listener?.sockets
      .at(-1)
      ?.write(
        `<iq type="get" id="ask${this.#asked}" from="${OCCUPANT}" to="${room}"><query xmlns="http://jabber.org/protocol/disco#info"/></iq>`,
      );
    await this.#answered.promise;
  }

  async close(): Promise<void> {
    await this.#listener?.close();
  }
}
