// The image of a container (Containerfile): rules for it, and its check of health. With a builder that has the base image,
// it is built and run.
import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { validate } from "dockerfile-utils";
import { describe, expect, onTestFinished, test } from "vitest";
import { z } from "zod";
import { startChild } from "../../dev/child-process.ts";
import { readManifest } from "../../src/manifest.ts";
import { eventually } from "../support/eventually.ts";

const ROOT = new URL("../../", import.meta.url);
const read = (path: string): string => readFileSync(new URL(path, ROOT), "utf8");
const containerfile = read("Containerfile");

/** The instructions, each on one line, without comments. */
const instructions = containerfile
  .replace(/^#.*\n/gm, "")
  .replace(/\\\n\s*/g, "")
  .split("\n")
  .filter((line) => line.trim() !== "");
const argumentsOf = (keyword: string, lines = instructions): string[] =>
  lines.flatMap((line) => (line.startsWith(`${keyword} `) ? [line.slice(keyword.length + 1)] : []));
/** What the image itself is made of, without the stages before. */
const image = instructions.slice(instructions.findLastIndex((line) => line.startsWith("FROM ")));

describe("the Containerfile", () => {
  test("has nothing that a builder or its linter finds fault with", () => {
    expect(validate(containerfile).map(({ message }) => message)).toEqual([]);
  });

  test("begins with the Node of the project, at an exact version", () => {
    const manifest = z.object({ devDependencies: z.object({ node: z.string() }) });
    const { node } = manifest.parse(JSON.parse(read("package.json"))).devDependencies;
    expect(argumentsOf("ARG")).toEqual([`NODE_IMAGE=docker.io/library/node:${node}-trixie-slim`]);
    expect(argumentsOf("FROM").map((from) => from.split(" ")[0])).toEqual(["$NODE_IMAGE", "$NODE_IMAGE"]);
  });

  test("runs as a user that is not root, by its number", () => {
    const [user = ""] = argumentsOf("USER", image);
    expect(argumentsOf("USER", image)).toHaveLength(1);
    expect(user).toMatch(/^[1-9]\d*:[1-9]\d*$/);
    // Nothing is installed after it.
    expect(image.slice(image.indexOf(`USER ${user}`)).filter((line) => /^(RUN|COPY) /.test(line))).toEqual(
      [],
    );
  });

  test("starts programs without a shell, which would keep signals from them", () => {
    for (const keyword of ["ENTRYPOINT", "CMD"]) {
      const [words = ""] = argumentsOf(keyword, image);
      expect(z.array(z.string()).min(1).safeParse(JSON.parse(words)).success).toBe(true);
    }
    expect(argumentsOf("STOPSIGNAL", image)).toEqual(["SIGTERM"]);
    const [health = ""] = argumentsOf("HEALTHCHECK", image);
    expect(health).toMatch(/^(--[a-z-]+=\S+ )+CMD \["node", ".*\/health\.cjs"\]$/);
  });

  test("holds no secret, and takes none", () => {
    const values = [...argumentsOf("ENV"), ...argumentsOf("ARG"), ...argumentsOf("LABEL")].join("\n");
    expect(values).not.toMatch(/secret|password|token/i);
    expect(argumentsOf("ADD")).toEqual([]);
    const ignored = read(".dockerignore").split("\n");
    for (const path of [".git", "config.json", "node_modules", "*.sqlite*"]) expect(ignored).toContain(path);
  });

  test("says what it is, in the terms of the OCI", () => {
    const [labels = ""] = argumentsOf("LABEL", image);
    for (const name of ["title", "description", "licenses"])
      expect(labels).toContain(`org.opencontainers.image.${name}="`);
  });

  test("keeps what is stored in a volume", () => {
    expect(argumentsOf("VOLUME", image)).toEqual(["/var/lib/verona"]);
    expect(argumentsOf("WORKDIR", image)).toEqual(["/var/lib/verona"]);
  });
});

describe("the image", () => {
  const [, BASE = ""] = argumentsOf("ARG")[0]?.split("=") ?? [];
  const IMAGE = "localhost/verona-image-test";
  const LOCKED = ["--read-only", "--cap-drop", "ALL", "--security-opt", "no-new-privileges"];
  const succeeds = (command: string, ...args: string[]): boolean =>
    spawnSync(command, args, { stdio: "ignore", timeout: 120_000 }).status === 0;

  test("is built, and runs with nothing but its volume to write to", { timeout: 900_000 }, async ({
    skip,
  }) => {
    const builder = ["docker", "podman"].find(
      (name) => succeeds(name, "info") && succeeds(name, "pull", BASE),
    );
    if (!builder) return skip(`neither docker nor podman runs here and can fetch ${BASE}`);
    const act = (...args: string[]): string =>
      execFileSync(builder, args, {
        cwd: ROOT,
        encoding: "utf8",
        stdio: ["ignore", "pipe", "ignore"],
      }).trim();
    onTestFinished(() => void succeeds(builder, "rmi", "--force", IMAGE));
    act("build", "--file", "Containerfile", "--tag", IMAGE, ".");
    expect(act("run", "--rm", ...LOCKED, IMAGE, "--version")).toBe(`verona ${readManifest().version}`);
    // No server is at this port: the service goes on trying.
    const settings = [
      "--env",
      "VERONA_DOMAIN=c.example",
      "--env",
      "VERONA_SECRET=x",
      "--env",
      "VERONA_PORT=1",
    ];
    const container = act("run", "--detach", ...LOCKED, ...settings, IMAGE);
    onTestFinished(() => void succeeds(builder, "rm", "--force", "--volumes", container));
    const health = ["exec", container, "node", "/opt/verona/bin/health.cjs"];
    await eventually(() => expect(succeeds(builder, ...health)).toBe(true));
    expect(act("exec", container, "id", "-u")).toBe("5347");
    act("stop", container);
    expect(act("inspect", "--format", "{{.State.ExitCode}}", container)).toBe("0");
  });
});

describe("the check of health", () => {
  /** Runs it beside a command "verona" that does this; resolves with its exit status. */
  async function check(env: Record<string, string>, verona: string): Promise<number | null> {
    const folder = mkdtempSync(join(tmpdir(), "verona-health-"));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    writeFileSync(join(folder, "health.cjs"), read("packaging/container/health.cjs"));
    writeFileSync(join(folder, "verona.cjs"), verona);
    const child = startChild(process.execPath, [join(folder, "health.cjs")], { cwd: folder, env });
    return child.exited;
  }
  const BROKEN = "process.exit(1)";

  /** Opens an endpoint that answers with this status; returns its port. */
  async function endpoint(status: number, path: string): Promise<string> {
    const server = createServer(({ url }, answer) => answer.writeHead(url === path ? status : 404).end());
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    onTestFinished(() => void server.close());
    return String((server.address() as AddressInfo).port);
  }

  test("asks /livez where there are metrics", async () => {
    const port = await endpoint(200, "/livez");
    for (const host of [{}, { VERONA_METRICS_HOST: "0.0.0.0" }, { VERONA_METRICS_HOST: "127.0.0.1" }])
      expect(await check({ VERONA_METRICS_PORT: port, ...host }, BROKEN)).toBe(0);
  });

  test("fails where the endpoint does, or is not there", async () => {
    expect(await check({ VERONA_METRICS_PORT: await endpoint(500, "/livez") }, "")).toBe(1);
    expect(await check({ VERONA_METRICS_PORT: "1" }, "")).toBe(1);
  });

  test("runs the operation status where there are none", async () => {
    expect(await check({}, 'process.exit(process.argv[2] === "status" ? 0 : 1)')).toBe(0);
    expect(await check({}, BROKEN)).toBe(1);
  });
});
