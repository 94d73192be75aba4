// Messages of each command on a Node that is too old. A preload changes the reported version.
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import manifest from "../package.json" with { type: "json" };

const ROOT = join(import.meta.dirname, "..");
const { scripts } = z.object({ scripts: z.record(z.string(), z.string()) }).parse(manifest);

describe("a Node that is too old", () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "verona-node-"));
    const old = `Object.defineProperty(process.versions, "node", { value: "18.20.4" });`;
    writeFileSync(join(folder, "old.cjs"), old);
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  const onOldNode = (args: readonly string[]) =>
    spawnSync(process.execPath, ["-r", join(folder, "old.cjs"), ...args], { cwd: ROOT, encoding: "utf8" });

  const commands = Object.entries(scripts).filter(([, command]) => command.startsWith("node "));
  test("is refused by the command verona and by each script that runs Node itself", () => {
    expect(commands.map(([name]) => name)).toEqual(
      expect.arrayContaining(["start", "check-config", "demo", "pretest", "scansion", "bench", "crash"]),
    );
    for (const [name, command] of [["verona", "node bin/verona.cjs --help"], ...commands]) {
      const [, ...args] = command?.split(" && ")[0]?.split(" ") ?? [];
      const { status, stdout, stderr } = onOldNode(args);
      expect({ name, status, stdout }).toEqual({ name, status: 2, stdout: "" });
      expect(stderr).toMatch(/^verona: requires Node 24 or newer, but this is Node 18\.20\.4 .*\n$/);
    }
  });

  test("is not Node 24, nor this one", () => {
    for (const version of ["24.0.0", process.versions.node]) {
      writeFileSync(
        join(folder, "other.cjs"),
        `Object.defineProperty(process.versions, "node", { value: "${version}" });`,
      );
      const { status } = spawnSync(
        process.execPath,
        ["-r", join(folder, "other.cjs"), "bin/check-node.cjs"],
        {
          cwd: ROOT,
        },
      );
      expect(status).toBe(0);
    }
  });
});
