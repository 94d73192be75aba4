// The metrics for operators (docs/metrics.md). None identifies a room or a user.
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from "prom-client";

/** "standby": waits to take over; "offline": has no link to the server; "silent": its lease has run out. */
export type ServiceState = "starting" | "serving" | "standby" | "offline" | "silent";

/** The values that each request of the metrics reads. */
export interface Sources {
  state(): ServiceState;
  online(): boolean;
  rooms(): number;
  occupants(): number;
  /** Stanzas since the start: the received ones by kind, and the sent ones. */
  received(): Readonly<Record<"message" | "presence" | "iq", number>>;
  sent(): number;
  /** The output backlog in bytes, by the stage for which it waits. */
  waiting(): Readonly<Record<"commit" | "turn" | "socket", number>>;
  /** The approximate memory of the output backlog in bytes. */
  held(): number;
  /** The backlog in bytes at which the busiest rooms refuse stanzas. */
  outboxLimit(): number;
  /** Whether the disk of the database is nearly full. */
  isDiskLow(): boolean;
  refused(): number;
  /** Refused stanzas by the rule that refused them. */
  refusals(): ReadonlyMap<string, number>;
  /** The lists that the service follows: hashes in them, accounts that were found, failures since it was read. */
  blocklists(): readonly ListFigures[];
  /** Answers of the public pages by status. */
  pageAnswers(): ReadonlyMap<string, number>;
  pauses(): number;
  pausedSeconds(): number;
  /** Figures of a node of a cluster; undefined without one. */
  cluster(): ClusterFigures | undefined;
}

interface ListFigures {
  readonly list: string;
  readonly hashes: number;
  readonly hits: number;
  readonly failures: number;
}

export interface ClusterFigures {
  /** Slots of rooms that this node serves. */
  readonly slots: number;
  /** Bytes of stanzas that wait for the nodes that serve their rooms. */
  readonly waitingBytes: number;
}

export interface Measurements {
  /** Records the duration of a commit in seconds. */
  committed(seconds: number): void;
  /** Writes all metrics in the text format of Prometheus. */
  write(): Promise<string>;
  readonly contentType: string;
}

/** The buckets in seconds, from usual durations to those that clients notice. */
const COMMIT_BUCKETS = [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10];

export function measure(sources: Sources): Measurements {
  const register = new Registry();
  collectDefaultMetrics({ register });
  const gauge = (name: string, help: string, read: () => number): void => {
    new Gauge({
      name,
      help,
      registers: [register],
      collect() {
        this.set(read());
      },
    });
  };
  const counter = (name: string, help: string, read: () => number): void => {
    new Counter({
      name,
      help,
      registers: [register],
      collect() {
        this.reset();
        this.inc(read());
      },
    });
  };
  const counters = (
    name: string,
    help: string,
    label: string,
    read: () => Iterable<readonly [value: string, count: number]>,
  ): void => {
    new Counter({
      name,
      help,
      labelNames: [label],
      registers: [register],
      collect() {
        this.reset();
        for (const [value, count] of read()) this.inc({ [label]: value }, count);
      },
    });
  };
  const gauges = (
    name: string,
    help: string,
    label: string,
    read: () => Iterable<readonly [value: string, amount: number]>,
  ): void => {
    new Gauge({
      name,
      help,
      labelNames: [label],
      registers: [register],
      collect() {
        this.reset();
        for (const [value, amount] of read()) this.set({ [label]: value }, amount);
      },
    });
  };
  gauge("verona_link_up", "Whether the XMPP server is connected", () => Number(sources.online()));
  gauge("verona_standby", "Whether this process waits to take over", () =>
    Number(sources.state() === "standby"),
  );
  gauge("verona_serving", "Whether this process serves rooms", () => Number(sources.state() === "serving"));
  gauge("verona_rooms", "Rooms in memory", sources.rooms);
  gauge("verona_occupants", "Occupants of all rooms", sources.occupants);
  counters("verona_stanzas_received_total", "Stanzas from the XMPP server", "kind", () =>
    Object.entries(sources.received()),
  );
  counter("verona_stanzas_sent_total", "Stanzas to the XMPP server, one for each recipient", sources.sent);
  gauges("verona_outbox_bytes", "Estimated output backlog in bytes, by what it waits for", "stage", () =>
    Object.entries(sources.waiting()),
  );
  gauge("verona_outbox_memory_bytes", "Estimated memory of the output backlog in bytes", sources.held);
  gauge("verona_outbox_limit_bytes", "Output backlog at which stanzas are refused", sources.outboxLimit);
  gauge("verona_disk_low", "Whether the disk of the database is nearly full", () =>
    Number(sources.isDiskLow()),
  );
  counter("verona_refused_stanzas_total", "Stanzas refused by the busiest rooms", sources.refused);
  counters("verona_refusals_total", "Stanzas refused by a rule of protection", "rule", sources.refusals);
  gauges("verona_blocklist_hashes", "Hashes in the blocklists that the service follows", "list", () =>
    sources.blocklists().map(({ list, hashes }) => [list, hashes] as const),
  );
  gauges("verona_blocklist_failures", "Failures to read a list since it was read last", "list", () =>
    sources.blocklists().map(({ list, failures }) => [list, failures] as const),
  );
  counters("verona_blocklist_hits_total", "Times that an account was found in a list", "list", () =>
    sources.blocklists().map(({ list, hits }) => [list, hits] as const),
  );
  counters("verona_page_answers_total", "Answers of the public pages", "status", sources.pageAnswers);
  counter("verona_reading_pauses_total", "Pauses in reading from the server", sources.pauses);
  counter(
    "verona_reading_paused_seconds_total",
    "Total length of these pauses in seconds",
    sources.pausedSeconds,
  );
  if (sources.cluster()) {
    gauge(
      "verona_cluster_slots",
      "Slots of rooms, of 256, that this node serves",
      () => sources.cluster()?.slots ?? 0,
    );
    gauge(
      "verona_cluster_waiting_bytes",
      "Stanzas that wait for other nodes, in bytes of memory",
      () => sources.cluster()?.waitingBytes ?? 0,
    );
  }
  const commits = new Histogram({
    name: "verona_commit_duration_seconds",
    help: "Duration of a transaction in seconds",
    buckets: COMMIT_BUCKETS,
    registers: [register],
  });
  return {
    committed: (seconds) => commits.observe(seconds),
    write: () => register.metrics(),
    contentType: register.contentType,
  };
}
