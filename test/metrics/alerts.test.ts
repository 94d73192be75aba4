// The alerts and the dashboard in contrib: promtool (Debian's package "prometheus") accepts and tries the rules, and both
// use metrics that the service has.
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { z } from "zod";
import { measure, type Sources } from "../../src/metrics/measurements.ts";

const read = (path: string): string => readFileSync(new URL(`../../${path}`, import.meta.url), "utf8");
const promtool = (...args: string[]): string =>
  execFileSync("promtool", args, { cwd: import.meta.dirname, encoding: "utf8", stdio: "pipe" });

const RULES = "contrib/prometheus/verona.rules.yml";
const rules = read(RULES);
const alerts = [...rules.matchAll(/alert: (\w+)/g)].map(([, name = ""]) => name);

const SOURCES: Sources = {
  state: () => "serving",
  online: () => true,
  rooms: () => 0,
  occupants: () => 0,
  received: () => ({ message: 0, presence: 0, iq: 0 }),
  sent: () => 0,
  waiting: () => ({ commit: 0, turn: 0, socket: 0 }),
  held: () => 0,
  outboxLimit: () => 0,
  isDiskLow: () => false,
  refused: () => 0,
  refusals: () => new Map(),
  blocklists: () => [],
  pageAnswers: () => new Map(),
  pauses: () => 0,
  pausedSeconds: () => 0,
  cluster: () => ({ slots: 0, waitingBytes: 0 }),
};

const METRIC = /\b(?:verona|process|nodejs)_[a-z0-9_]+\b/g;
let served: ReadonlySet<string>;
beforeAll(async () => {
  const types = [...(await measure(SOURCES).write()).matchAll(/^# TYPE (\S+) (\S+)$/gm)];
  served = new Set(
    types.flatMap(([, name = "", type]) =>
      type === "histogram" ? ["_bucket", "_sum", "_count"].map((part) => name + part) : [name],
    ),
  );
});
const unknownIn = (text: string): string[] =>
  [...text.matchAll(METRIC)].map(([name]) => name).filter((name) => !served.has(name));

describe("the alerts", () => {
  test("are rules of Prometheus, and fire when they should", () => {
    promtool("check", "rules", `../../${RULES}`);
    expect(promtool("test", "rules", "alerts.yml")).toContain("SUCCESS");
  });

  test.each(alerts)("%s is tried, and docs/metrics.md says what to do", (name) => {
    const tried = read("test/metrics/alerts.yml")
      .split("- alertname: ")
      .filter((part) => part.startsWith(`${name}\n`));
    expect(tried.some((part) => part.includes("exp_alerts:"))).toBe(true);
    const rule = rules.split("- alert: ").find((part) => part.startsWith(`${name}\n`)) ?? "";
    const anchor = /runbook: docs\/metrics\.md#(\w+)$/m.exec(rule)?.[1] ?? "";
    expect(read("docs/metrics.md").toLowerCase()).toContain(`\n### ${anchor}\n`);
    expect(rule).toMatch(/severity: (critical|warning)$/m);
  });

  test("read metrics that the service has", () => {
    expect([...rules.matchAll(METRIC)]).not.toEqual([]);
    expect(unknownIn(rules)).toEqual([]);
  });
});

describe("the dashboard", () => {
  const panel = z.object({ title: z.string(), targets: z.array(z.object({ expr: z.string() })).optional() });
  const dashboard = z
    .object({ panels: z.array(panel) })
    .parse(JSON.parse(read("contrib/grafana/verona.json")));
  const questions = dashboard.panels.flatMap(({ targets = [] }) => targets.map(({ expr }) => expr));

  test("asks for metrics that the service has, and for all of its own", () => {
    expect(unknownIn(read("contrib/grafana/verona.json").replaceAll("verona_muc", ""))).toEqual([]);
    const asked = new Set(questions.flatMap((expr) => [...expr.matchAll(METRIC)].map(([name]) => name)));
    const own = [...served].filter((name) => name.startsWith("verona_") && !/_(sum|count)$/.test(name));
    expect(own.filter((name) => !asked.has(name))).toEqual([]);
  });

  test("asks in Prometheus' language", () => {
    const groups = questions.map((expr, index) => ({
      record: `panel:${index}`,
      expr: expr.replaceAll("$__rate_interval", "5m"),
    }));
    const folder = mkdtempSync(join(tmpdir(), "verona-dashboard-"));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const file = join(folder, "rules.yml");
    writeFileSync(file, JSON.stringify({ groups: [{ name: "dashboard", rules: groups }] }));
    expect(promtool("check", "rules", file)).toContain(`${groups.length} rules found`);
  });
});
