// What is published: made by npm pack, it runs without the sources.
import { execFile } from "node:child_process";
import { cp, mkdir, mkdtemp, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readManifest } from "../../src/manifest.ts";

const run = promisify(execFile);
const ROOT = join(import.meta.dirname, "../..");

describe("the package", () => {
  let folder: string;
  let program: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "verona-package-"));
    // A copy, as packing builds into the folder it packs.
    const source = join(folder, "source");
    const parts = [
      "bin",
      "src",
      "docs",
      "contrib",
      "package.json",
      "tsconfig.json",
      "tsconfig.build.json",
      "README.md",
    ];
    for (const part of [...parts, "config.example.json", "config.schema.json"])
      await cp(join(ROOT, part), join(source, part), { recursive: true });
    await symlink(join(ROOT, "node_modules"), join(source, "node_modules"));
    await run("npm", ["pack", "--pack-destination", folder], { cwd: source });
    const installed = join(folder, "installed");
    await mkdir(installed);
    await run("tar", ["-xzf", join(folder, `verona-muc-${readManifest().version}.tgz`), "-C", installed]);
    await symlink(join(ROOT, "node_modules"), join(installed, "node_modules"));
    program = join(installed, "package/bin/verona.cjs");
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  it("holds a program that says its version", async () => {
    const { stdout } = await run(process.execPath, [program, "--version"]);
    expect(stdout).toBe(`verona ${readManifest().version}\n`);
  });

  it("holds the example of a configuration, which the program accepts", async () => {
    const example = join(folder, "installed/package/config.example.json");
    const { stdout } = await run(process.execPath, [program, "check-config", "--config", example]);
    expect(stdout).toContain("configuration is valid");
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
