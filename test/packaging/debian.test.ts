// The Debian package (packaging/debian): its contents, its rights, and what lintian and systemd say about it. Clean Debians
// install it in dev/debian/package.sh.
import { execFile, execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, globSync, mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { readManifest } from "../../src/manifest.ts";

const run = promisify(execFile);
const BUILD = new URL("../../packaging/debian/build.sh", import.meta.url).pathname;
const MOST_MEGABYTES = 60;

/** Builds the package quickly; the compression is not that of a release. */
async function build(folder: string): Promise<string> {
  await run(BUILD, [folder], { env: { ...process.env, COMPRESSION: "gzip", LEVEL: "1" } });
  const [file = ""] = globSync("verona-muc_*.deb", { cwd: folder });
  return join(folder, file);
}

describe("the Debian package", () => {
  let folder: string;
  let file: string;
  let root: string;
  /** Rights, owner and path of each file. */
  let contents: string[];
  const inside = (path: string): string => readFileSync(join(root, path), "utf8");

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "verona-deb-"));
    file = await build(join(folder, "first"));
    root = join(folder, "root");
    await run("dpkg-deb", ["--raw-extract", file, root]);
    const { stdout } = await run("dpkg-deb", ["--contents", file], { maxBuffer: 2 ** 24 });
    contents = stdout
      .trim()
      .split("\n")
      .map((line) => line.replace(/^(\S+) (\S+) .*? \.(\/\S*).*$/, "$1 $2 $3"));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  test("is the same file when it is built again", async () => {
    const hashOf = (path: string) => createHash("sha256").update(readFileSync(path)).digest("hex");
    expect(hashOf(await build(join(folder, "second")))).toBe(hashOf(file));
  });

  test("says its version and what it needs", () => {
    const control = inside("DEBIAN/control");
    expect(control).toContain(`\nVersion: ${readManifest().version}-1\n`);
    expect(control).toMatch(/^Depends: (?!.*nodejs).*libatomic1/m);
    expect(statSync(file).size).toBeLessThan(MOST_MEGABYTES * 2 ** 20);
  });

  test("lets nobody write but root, sets no rights of others, and hides the configuration", () => {
    expect(
      contents.filter((line) => !/^[dl-][r-][w-][x-][r-]-[x-][r-]-[x-] root\/root |^l/.test(line)),
    ).toEqual([]);
    expect(contents).toContain("-rw-r----- root/root /etc/verona/config.json");
    expect(inside("DEBIAN/conffiles")).toBe("/etc/verona/config.json\n");
  });

  test("brings the Node of the project, and runs on it alone", () => {
    const node = join(root, "usr/lib/verona/node");
    const version = execFileSync(node, ["--version"], { encoding: "utf8" });
    const pinned = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8"));
    expect(version).toBe(`v${pinned.devDependencies.node}\n`);
    const program = join(root, "usr/lib/verona/app/bin/verona.cjs");
    const check = ["check-config", "--config", join(root, "etc/verona/config.json")];
    expect(execFileSync(node, [program, ...check], { encoding: "utf8", env: {} })).toContain("is valid");
    expect(inside("usr/bin/verona")).toContain(
      "exec /usr/lib/verona/node /usr/lib/verona/app/bin/verona.cjs",
    );
  });

  test("has the licence of all that it brings", () => {
    const packages = globSync("usr/lib/verona/app/node_modules/{*,@*/*}/package.json", { cwd: root });
    const copyright = inside("usr/share/doc/verona-muc/copyright");
    expect(packages.length).toBeGreaterThan(10);
    expect(
      packages.filter((path) => !copyright.includes(`Files: ${path.replace("package.json", "*")}\n`)),
    ).toEqual([]);
    expect(existsSync(join(root, "usr/share/doc/verona-muc/node-licence.gz"))).toBe(true);
  });

  test("starts the installed command with the installed configuration, little exposed", () => {
    const path = join(root, "usr/lib/systemd/system/verona.service");
    expect(readFileSync(path, "utf8")).toContain(
      "\nExecStart=/usr/bin/verona run --config /etc/verona/config.json\n",
    );
    // Fails above 2.5 of 10.
    execFileSync("systemd-analyze", ["security", "--offline=true", "--threshold=25", path], {
      stdio: "pipe",
    });
  });

  test("passes lintian without errors and warnings", () => {
    execFileSync("lintian", ["--allow-root", "--fail-on", "error,warning", file], { stdio: "pipe" });
  });
});
