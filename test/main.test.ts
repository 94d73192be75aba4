import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { listenOnLoopback } from "../dev/loopback-listener.ts";
import { callService } from "../src/control/call-service.ts";

const MAIN = new URL("../src/main.ts", import.meta.url).pathname;
const STUB_LOADER = new URL("./stub-service.ts", import.meta.url).href;
const REQUIRED = { VERONA_DOMAIN: "rooms.example.org", VERONA_SECRET: "s3cret", VERONA_STORAGE: "memory:" };

let cwd: string;
let children: ChildProcess[];
beforeEach(() => {
  cwd = mkdtempSync(join(tmpdir(), "verona-main-"));
  children = [];
});
afterEach(() => {
  for (const child of children) child.kill("SIGKILL");
  rmSync(cwd, { recursive: true });
});

/** Starts the real command line. `stub` replaces the service by one that behaves as it says. */
function start(args: string[], env: NodeJS.ProcessEnv = {}, stub?: string) {
  const nodeArgs = stub === undefined ? [] : ["--import", STUB_LOADER];
  const child = spawn(process.execPath, [...nodeArgs, MAIN, ...args], {
    cwd,
    env: { PATH: process.env.PATH, ...env, ...(stub === undefined ? {} : { STUB_SERVICE: stub }) },
  });
  children.push(child);
  const output = { stdout: "", stderr: "" };
  child.stdout.on("data", (chunk) => {
    output.stdout += chunk;
  });
  child.stderr.on("data", (chunk) => {
    output.stderr += chunk;
  });
  const ended = new Promise<{ code: number | null; stdout: string; stderr: string }>((resolve) => {
    child.on("close", (code) => resolve({ code, ...output }));
  });
  const logged = async (message: string) => {
    await expect.poll(() => output.stdout).toContain(message);
  };
  return { child, ended, logged };
}

const verona = (args: string[], env?: NodeJS.ProcessEnv, stub?: string) => start(args, env, stub).ended;

describe("check-config", () => {
  test("says that a file is valid, and does nothing else", async () => {
    writeFileSync(join(cwd, "a.json"), JSON.stringify({ component: { domain: "a.example", secret: "a" } }));
    expect(await verona(["check-config", "--config", "a.json"])).toEqual({
      code: 0,
      stdout: "a.json: configuration is valid\n",
      stderr: "",
    });
    expect(readdirSync(cwd)).toEqual(["a.json"]);
  });

  test("accepts an environment without a file", async () => {
    expect(await verona(["check-config"], REQUIRED)).toMatchObject({
      code: 0,
      stdout: "environment: configuration is valid\n",
    });
  });

  test("ends with 2 and all problems on standard error, one per line", async () => {
    writeFileSync(join(cwd, "config.json"), JSON.stringify({ component: { port: 0 }, storage: "x" }));
    const { code, stdout, stderr } = await verona(["check-config"], {
      VERONA_DOMAIN: "a.example",
      VERONA_SECRET: "a",
    });
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr.split("\n")).toEqual([
      expect.stringMatching(/^config\.json: component\.port: got 0/),
      expect.stringMatching(/^config\.json: storage: /),
      "",
    ]);
  });
});

describe("usage", () => {
  test("--help and --version", async () => {
    expect(await verona(["--help"])).toMatchObject({
      code: 0,
      stdout: expect.stringContaining("check-config"),
    });
    expect(await verona(["--version"])).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^verona \d+\.\d+\.\d+\n$/),
    });
  });

  test.each([
    [["serve"], 'verona: unknown command "serve"'],
    [["run", "now"], 'verona: unexpected argument "now"'],
    [["--conf", "x"], "verona: Unknown option '--conf'"],
    [["--config"], "verona: Option '-c, --config <value>' argument missing"],
  ])("%j is wrong usage", async (args, message) => {
    const { code, stdout, stderr } = await verona(args, REQUIRED);
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr).toContain(message);
    expect(stderr).toContain("--help");
  });
});

describe("run", () => {
  test("is the default command, and ends with 2 for a wrong configuration", async () => {
    expect(await verona([])).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/^component\.domain: missing/),
    });
  });

  test.each(["SIGTERM", "SIGINT"] as const)(
    "%s stops the service, and the exit status is 0",
    async (signal) => {
      const service = start([], REQUIRED, "normal");
      await service.logged("stub started");
      service.child.kill(signal);
      const { code, stdout } = await service.ended;
      expect(code).toBe(0);
      expect(stdout).toContain("stub stopped");
    },
  );

  test("a signal during the start ends the process with 0", async () => {
    const service = start(["run"], REQUIRED, "never-starts");
    await service.logged("stub starting");
    service.child.kill("SIGTERM");
    expect(await service.ended).toMatchObject({ code: 0 });
  });

  test("a second signal ends the process with 130 at once", async () => {
    const service = start(["run"], REQUIRED, "never-stops");
    await service.logged("stub started");
    service.child.kill("SIGTERM");
    await service.logged("stub stopping");
    service.child.kill("SIGINT");
    expect(await service.ended).toMatchObject({ code: 130 });
  });

  test("a service that fails is a fatal log entry of JSON and the exit status 1", async () => {
    const { code, stdout } = await verona(["run"], REQUIRED, "fails");
    expect(code).toBe(1);
    expect(JSON.parse(stdout.trim().split("\n").at(-1) ?? "")).toMatchObject({
      level: 60,
      name: "verona",
      err: { message: "connection lost for good" },
    });
  });

  test("a stop that fails is a fatal log entry with its reason and the exit status 1", async () => {
    const service = start(["run"], REQUIRED, "fails-to-stop");
    await service.logged("stub started");
    service.child.kill("SIGTERM");
    const { code, stdout } = await service.ended;
    expect(code).toBe(1);
    expect(JSON.parse(stdout.trim().split("\n").at(-1) ?? "")).toMatchObject({
      level: 60,
      err: { message: "the last commit failed" },
    });
  });

  test("storage that cannot be opened is one line on standard error and the exit status 1", async () => {
    const { code, stderr } = await verona(
      ["run"],
      { ...REQUIRED, VERONA_LOG_LEVEL: "silent" },
      "storage-error",
    );
    expect({ code, stderr }).toEqual({ code: 1, stderr: "verona: the disk is full\n" });
  });

  test("a port for metrics that is taken is a line of the log, and the service runs", async () => {
    const other = await listenOnLoopback();
    const { port } = other;
    const service = start(["run"], { ...REQUIRED, VERONA_METRICS_PORT: String(port), VERONA_PORT: "1" });
    await service.logged(`metrics are not served: 127.0.0.1:${port} is already in use`);
    await service.logged("nothing listens on 127.0.0.1:1");
    await other.close();
    service.child.kill("SIGTERM");
    expect(await service.ended).toMatchObject({ code: 0 });
  });

  test("the first line has the version, the database without its password, and where settings come from", async () => {
    writeFileSync(join(cwd, "config.json"), JSON.stringify({ component: { domain: "a.example" } }));
    const storage = "postgres://verona:hush%40@db.example:5433/rooms?sslmode=no-verify";
    const env = { VERONA_SECRET: "s3cret", VERONA_STORAGE: storage };
    const { stdout } = await verona(["run"], env, "fails");
    expect(stdout).not.toMatch(/hush|s3cret/);
    expect(JSON.parse(stdout.split("\n")[0] ?? "")).toMatchObject({
      msg: "starting",
      version: expect.stringMatching(/^\d+\.\d+\.\d+$/),
      storage: "postgres://verona@db.example:5433/rooms",
      file: join(cwd, "config.json"),
      variables: ["VERONA_SECRET", "VERONA_STORAGE"],
    });
  });

  test("the log is text on a terminal", async () => {
    const command = [process.execPath, MAIN, "run"].join(" ");
    const env = { ...REQUIRED, VERONA_PORT: "1", PATH: process.env.PATH };
    const terminal = spawn("script", ["-qec", command, "/dev/null"], { cwd, env });
    children.push(terminal);
    let shown = "";
    terminal.stdout.on("data", (chunk) => {
      shown += chunk;
    });
    await expect.poll(() => shown).toMatch(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d ERROR nothing listens on 127/m);
    expect(shown).not.toContain("{");
  });

  test("SIGHUP has the configuration read again, and ends nothing", async () => {
    const settings = { component: { domain: "a.example", secret: "a", port: 1 }, storage: "memory:" };
    const file = join(cwd, "config.json");
    writeFileSync(file, JSON.stringify(settings));
    const service = start(["run"]);
    await service.logged("nothing listens on 127.0.0.1:1");
    const next = { ...settings, component: { ...settings.component, secret: "b" }, logLevel: "debug" };
    writeFileSync(file, JSON.stringify({ ...next, service: { name: "Verona" } }));
    service.child.kill("SIGHUP");
    await service.logged("configuration reloaded");
    writeFileSync(file, "{");
    service.child.kill("SIGHUP");
    await service.logged("the configuration is invalid: keeping the previous one");
    const reload = () => callService(join(cwd, "verona.socket"), "service.reload", {});
    expect(await reload()).toMatchObject({
      kind: "result",
      value: { applied: [], problems: [expect.any(String)] },
    });
    writeFileSync(file, JSON.stringify({ ...next, logLevel: "info" }));
    expect(await reload()).toMatchObject({
      kind: "result",
      value: { applied: ["service.name", "logLevel"], afterRestart: ["component.secret"], problems: [] },
    });
    service.child.kill("SIGTERM");
    const { code, stdout } = await service.ended;
    expect(code).toBe(0);
    const line = stdout.split("\n").find((text) => text.includes("configuration reloaded")) ?? "";
    expect(JSON.parse(line)).toMatchObject({
      applied: ["service.name", "logLevel"],
      afterRestart: ["component.secret"],
    });
    expect(line).not.toContain('"b"');
  });

  test("after SIGHUP during the start, the configuration is reloaded when the service has started", async () => {
    const service = start(["run"], REQUIRED, "starts-after-sighup");
    await service.logged("stub starting");
    service.child.kill("SIGHUP");
    await service.logged("the configuration is reloaded when this process serves");
    await service.logged("configuration reloaded");
    service.child.kill("SIGTERM");
    expect(await service.ended).toMatchObject({ code: 0 });
  });

  test("the log has the configured level", async () => {
    const { stdout } = await verona(["run"], { ...REQUIRED, VERONA_LOG_LEVEL: "fatal" }, "fails");
    expect(stdout).not.toContain("stub started");
  });
});
