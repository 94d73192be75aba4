// The published package: made by npm pack, it runs without the sources.
import { execFile } from "node:child_process";
import { existsSync, globSync, readFileSync } from "node:fs";
import { cp, mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readManifest } from "../../src/manifest.ts";

const run = promisify(execFile);
const ROOT = join(import.meta.dirname, "../..");
const NOT_COPIED = new Set(["node_modules", ".git", "dist", ".run", "test-artefacts"]);

describe("the package", () => {
  let folder: string;
  let published: string;
  let program: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "verona-package-"));
    // The test packs a copy, because packing builds into the packed folder.
    const source = join(folder, "source");
    await cp(ROOT, source, { recursive: true, filter: (path) => !NOT_COPIED.has(basename(path)) });
    await mkdir(join(source, "dist"));
    await writeFile(join(source, "dist/stale.js"), "");
    await symlink(join(ROOT, "node_modules"), join(source, "node_modules"));
    await run("npm", ["pack", "--pack-destination", folder], { cwd: source });
    await run("tar", ["-xzf", join(folder, `verona-muc-${readManifest().version}.tgz`), "-C", folder]);
    published = join(folder, "package");
    await symlink(join(ROOT, "node_modules"), join(published, "node_modules"));
    program = join(published, "bin/verona.cjs");
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  it("holds the program as JavaScript and the console's style, without files of an earlier build", () => {
    expect(globSync("{dist,bin}/**/*.*", { cwd: published }).filter((path) => !/\.c?js$/.test(path))).toEqual(
      ["dist/console/console.css"],
    );
    expect(existsSync(join(published, "dist/stale.js"))).toBe(false);
  });

  it.each([
    "LICENSE",
    "CHANGELOG.md",
    "SECURITY.md",
    "doap.xml",
    "docs/verona.service",
    "contrib/grafana/verona.json",
    "contrib/prometheus/verona.rules.yml",
  ])("holds %s", (path) => {
    expect(existsSync(join(published, path))).toBe(true);
  });

  it("holds every document that its documents for operators refer to", () => {
    const missing = globSync("{*.md,docs/*.md,contrib/*/*.md}", { cwd: published }).flatMap((document) => {
      const [forOperators = ""] = readFileSync(join(published, document), "utf8").split("\nFor developers,");
      const links = [...forOperators.matchAll(/\]\((?!https?:)([^)#]+)/g)].map(([, link = ""]) => link);
      return links.filter((link) => !existsSync(join(published, dirname(document), link)));
    });
    expect(missing).toEqual([]);
  });

  it("holds a program that says its version", async () => {
    const { stdout } = await run(process.execPath, [program, "--version"]);
    expect(stdout).toBe(`verona ${readManifest().version}\n`);
  });

  it("holds the example of a configuration, which the program accepts", async () => {
    const example = join(published, "config.example.json");
    const { stdout } = await run(process.execPath, [program, "check-config", "--config", example]);
    expect(stdout).toContain("configuration is valid");
  });

  it("holds the console, as scripts that a browser can load", async () => {
    const { readConsole } = await import(join(published, "dist/http/console-files.js"));
    const files: ReadonlyMap<string, { body: string }> = readConsole();
    expect(files.get("")?.body).toContain('<script type="module" src="main.js">');
    expect([...files.keys()]).toEqual(
      expect.arrayContaining(["main.js", "app.js", "views/room.js", "console.css"]),
    );
    expect(files.get("html.js")?.body).toContain('from "./packages/htm.js"');
  });

  it("runs the service", async () => {
    const env = {
      ...process.env,
      VERONA_DOMAIN: "conference.localhost",
      VERONA_SECRET: "x",
      VERONA_PORT: "1",
    };
    const child = run(process.execPath, [program, "run"], { env: { ...env, VERONA_STORAGE: "memory:" } });
    let output = "";
    child.child.stdout?.on("data", (text) => {
      output += text;
      if (output.includes("127.0.0.1:1")) child.child.kill("SIGTERM");
    });
    expect((await child).stdout).toContain("127.0.0.1:1");
  });
});
