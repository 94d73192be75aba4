import { readFileSync } from "node:fs";
import pino from "pino";
import { afterEach, beforeEach, describe, expect, onTestFinished, test, vi } from "vitest";
import { loadConfig } from "../../src/config/load.ts";
import { measure, type ServiceState, type Sources } from "../../src/metrics/measurements.ts";
import { type Metrics, serveMetrics } from "../../src/metrics/serve-metrics.ts";
import { REFUSAL_RULES, RefusalCounts } from "../../src/muc/model/refusal-counts.ts";
import { startService } from "../../src/service.ts";
import { FakeServer } from "../connection/fake-server.ts";
import { eventually } from "../support/eventually.ts";

let state: ServiceState;
const SOURCES: Sources = {
  state: () => state,
  online: () => true,
  rooms: () => 2,
  occupants: () => 7,
  received: () => ({ message: 3, presence: 4, iq: 5 }),
  sent: () => 20,
  waiting: () => ({ commit: 1, turn: 2, socket: 3 }),
  held: () => 4,
  outboxLimit: () => 16,
  isDiskLow: () => true,
  refused: () => 5,
  refusals: () => new Map([["rate", 11]]),
  blocklists: () => [{ list: "lists.example bans", hashes: 12, hits: 13, failures: 14 }],
  pageAnswers: () => new Map([["200", 15]]),
  pauses: () => 6,
  pausedSeconds: () => 7.5,
  cluster: () => ({ slots: 8, waitingBytes: 9 }),
};
const LOCAL = { host: "127.0.0.1", port: 0 };

const opened: Metrics[] = [];
afterEach(() => {
  for (const metrics of opened.splice(0)) metrics.close();
});
let logged: { msg: string; port?: number }[];
beforeEach(() => {
  logged = [];
  state = "serving";
});
const log = pino({}, { write: (line: string) => void logged.push(JSON.parse(line)) });
async function open(setting = LOCAL): Promise<Metrics & { port: number }> {
  const metrics = await serveMetrics(setting, SOURCES, log);
  opened.push(metrics);
  return { ...metrics, port: logged.at(-1)?.port ?? 0 };
}

describe("metrics", () => {
  test("are all described in docs/metrics.md, and nothing else is", async () => {
    const served = [...(await measure(SOURCES).write()).matchAll(/^# TYPE (\S+) (\S+)$/gm)];
    const docs = readFileSync(new URL("../../docs/metrics.md", import.meta.url), "utf8");
    const described = [...docs.matchAll(/^\| `([a-z0-9_]+)` \| (\w+) \|/gm)];
    const pairs = (found: RegExpExecArray[]) => found.map(([, name, type]) => `${name} ${type}`).sort();
    expect(pairs(described)).toEqual(pairs(served));
  });

  test("name every rule that refuses, from 0 on, as docs/metrics.md does", () => {
    const docs = readFileSync(new URL("../../docs/metrics.md", import.meta.url), "utf8");
    const row = /^\| `verona_refusals_total` .*$/m.exec(docs)?.[0] ?? "";
    const described = [...row.matchAll(/`([a-z-]+)` \(/g)].map(([, rule]) => rule);
    expect(described.toSorted()).toEqual([...REFUSAL_RULES].toSorted());
    expect([...new RefusalCounts().all()]).toEqual(REFUSAL_RULES.map((rule) => [rule, 0]));
  });

  test("say what they are asked to, however often somebody asks", async () => {
    const { port, committed } = await open();
    committed(0.03);
    const ask = async () => (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
    await ask();
    const text = await ask();
    for (const line of [
      "verona_link_up 1",
      "verona_rooms 2",
      "verona_occupants 7",
      'verona_stanzas_received_total{kind="message"} 3',
      "verona_stanzas_sent_total 20",
      'verona_outbox_bytes{stage="socket"} 3',
      "verona_serving 1",
      "verona_outbox_limit_bytes 16",
      "verona_disk_low 1",
      "verona_refused_stanzas_total 5",
      'verona_refusals_total{rule="rate"} 11',
      'verona_page_answers_total{status="200"} 15',
      'verona_blocklist_hashes{list="lists.example bans"} 12',
      'verona_blocklist_hits_total{list="lists.example bans"} 13',
      'verona_blocklist_failures{list="lists.example bans"} 14',
      "verona_reading_paused_seconds_total 7.5",
      'verona_commit_duration_seconds_bucket{le="0.02"} 0',
      'verona_commit_duration_seconds_bucket{le="0.05"} 1',
    ])
      expect(text.split("\n")).toContain(line);
  });

  test("are beside the health: /livez while the process runs, /readyz while it serves", async () => {
    const { port } = await open();
    const ask = async (path: string) => {
      const answer = await fetch(`http://127.0.0.1:${port}${path}`);
      return [answer.status, await answer.text()];
    };
    expect(await ask("/readyz")).toEqual([200, "serving\n"]);
    for (const other of ["starting", "standby", "offline", "silent"] as const) {
      state = other;
      expect(await ask("/readyz")).toEqual([503, `${other}\n`]);
      expect(await ask("/livez")).toEqual([200, "live\n"]);
    }
    state = "standby";
    const metrics = await fetch(`http://127.0.0.1:${port}/metrics`);
    const text = await metrics.text();
    expect(text).toContain("\nverona_standby 1\n");
    expect(text).toContain("\nverona_serving 0\n");
  });

  test("are read at /metrics, in Prometheus' text format, and there is nothing else", async () => {
    const { port } = await open();
    const at = (path: string, method = "GET") => fetch(`http://127.0.0.1:${port}${path}`, { method });
    const answer = await at("/metrics");
    expect([answer.status, answer.headers.get("content-type")]).toEqual([
      200,
      "text/plain; version=0.0.4; charset=utf-8",
    ]);
    expect((await at("/")).status).toBe(404);
    expect((await at("/metrics", "POST")).status).toBe(405);
  });

  test("that nothing can listen for are told once, and served as soon as something can", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    onTestFinished(() => void vi.useRealTimers());
    const first = await open();
    const setting = { ...LOCAL, port: first.port };
    await open(setting);
    const refusal = `metrics are not served: 127.0.0.1:${first.port} is already in use; change metrics.port, or stop the other program`;
    expect(logged.map(({ msg }) => msg)).toEqual(["metrics are served", refusal]);
    await vi.advanceTimersByTimeAsync(90_000);
    expect(logged).toHaveLength(2);
    first.close();
    vi.advanceTimersByTime(30_000);
    await vi.waitFor(() =>
      expect(logged.slice(2)).toMatchObject([{ msg: "metrics are served", port: first.port }]),
    );
    expect((await fetch(`http://127.0.0.1:${first.port}/metrics`)).status).toBe(200);
  });

  test("need an address of this machine", async () => {
    await open({ host: "203.0.113.1", port: 9464 });
    expect(logged.map(({ msg }) => msg)).toEqual([
      "metrics are not served: 203.0.113.1 is not an address of this machine; change metrics.host",
    ]);
  });

  test("count what the service does, and tell of nobody", async () => {
    const server = new FakeServer("cauldron");
    const lines: { msg: string; port: number }[] = [];
    const env = {
      VERONA_DOMAIN: "chat.example",
      VERONA_SECRET: "cauldron",
      VERONA_PORT: String(await server.listen()),
      VERONA_STORAGE: "memory:",
      VERONA_METRICS_PORT: "1",
      VERONA_ROOM_CREATION: "anyone",
    };
    const logger = pino({ level: "info" }, { write: (line: string) => void lines.push(JSON.parse(line)) });
    const service = await startService({ ...loadConfig({ env, cwd: "/" }), metrics: LOCAL }, logger);
    const port = lines.find(({ msg }) => msg === "metrics are served")?.port;
    const ask = async () => (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
    await eventually(async () => expect(await ask()).toContain("verona_link_up 1\n"));
    const from = 'from="crone1@shakespeare.example/desktop"';
    const x = '<x xmlns="http://jabber.org/protocol/muc"/>';
    server.sockets[0]?.write(
      `<presence ${from} to="coven@chat.example/firstwitch">${x}</presence><message ${from} to="coven@chat.example" type="groupchat"><body>hail</body></message>`,
    );
    await eventually(() => expect(server.received).toContain("<body>hail"));
    const text = await ask();
    for (const line of [
      "verona_serving 1",
      "verona_outbox_limit_bytes 536870912",
      "verona_disk_low 0",
      "verona_rooms 1",
      "verona_occupants 1",
      'verona_stanzas_received_total{kind="presence"} 1',
      'verona_stanzas_received_total{kind="message"} 1',
      // Her own presence, the subject and her message.
      "verona_stanzas_sent_total 3",
    ])
      expect(text.split("\n")).toContain(line);
    expect(text).toMatch(/verona_commit_duration_seconds_count [1-9]/);
    expect(text).not.toMatch(/coven|crone|witch|example/);
    await service.stop();
    await expect(ask()).rejects.toThrow();
    await server.close();
  });
});
