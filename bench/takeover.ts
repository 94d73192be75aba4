// Measures the pause when the serving process is killed and a standby takes over, by number of occupied rooms.
import { startPostgres } from "../dev/servers/postgres.ts";
import { launchVerona, type RunningVerona } from "../dev/verona.ts";
import type { JournalEntry } from "../src/muc/model/journal.ts";
import { DEFAULT_ROOM_CONFIG } from "../src/muc/model/room-config.ts";
import { openStore } from "../src/storage/open-store.ts";
import { NS } from "../src/xmpp/namespaces.ts";
import { type ComponentListener, listenForComponent } from "./component-listener.ts";
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

interface Process {
  readonly verona: RunningVerona;
  readonly listener: ComponentListener;
}

/** Starts a process with a server of its own, which knows of its link. */
async function launch(url: string): Promise<Process> {
  const listener = await listenForComponent(SECRET);
  const verona = launchVerona({
    ...{ server: listener, domain: DOMAIN, secret: SECRET },
    ...{ storage: url, env: { VERONA_STANDBY: "true" } },
  });
  return { verona, listener };
}

/** Kills the serving process again and again, while another one waits. */
async function pausesOf(url: string, rooms: number, rounds: number): Promise<Pause[]> {
  let serving = await launch(url);
  const started = [serving];
  try {
    await serving.verona.logged("online");
    const pauses: Pause[] = [];
    for (let round = 0; round < rounds; round += 1) {
      const waiting = await launch(url);
      started.push(waiting);
      await waiting.verona.logged("waiting as a standby");
      const start = performance.now();
      serving.verona.kill();
      serving = waiting;
      const connection = await serving.listener.connected;
      const linked = performance.now() - start;
      const id = `ask${round}`;
      const answered = connection.readUntil((tags) => tags.includes(`id="${id}"`));
      connection.write(
        `<iq type="get" id="${id}" from="${OCCUPANT}" to="coven${rooms - 1}@${DOMAIN}"><query xmlns="${NS.discoInfo}"/></iq>`,
      );
      await answered;
      pauses.push({ linked, answered: performance.now() - start });
    }
    return pauses;
  } finally {
    for (const { verona, listener } of started) {
      verona.kill();
      await listener.close();
    }
  }
}
