import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { unpackDist } from "../../demo/converse.ts";

describe("the demo's web client", () => {
  let folder: string;
  let tarball: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "verona-converse-"));
    tarball = join(folder, "client.tgz");
    mkdirSync(join(folder, "package/dist"), { recursive: true });
    writeFileSync(join(folder, "package/dist/client.js"), "chat();");
    writeFileSync(join(folder, "package/README.md"), "of no use here");
    execFileSync("tar", ["-czf", tarball, "-C", folder, "package"]);
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  const integrity = () => `sha512-${createHash("sha512").update(readFileSync(tarball)).digest("base64")}`;

  test("is the dist of the package", async () => {
    await unpackDist(tarball, integrity(), join(folder, "out"));
    expect(readdirSync(join(folder, "out"))).toEqual(["client.js"]);
  });

  test("is unpacked once where two processes do it at the same time", async () => {
    const out = join(folder, "out");
    await Promise.all([unpackDist(tarball, integrity(), out), unpackDist(tarball, integrity(), out)]);
    expect(readdirSync(folder).filter((name) => name.startsWith("out"))).toEqual(["out"]);
  });

  test("is refused where the package is another than the one that was published", async () => {
    const known = integrity();
    writeFileSync(tarball, "forged");
    await expect(unpackDist(tarball, known, join(folder, "out"))).rejects.toThrow(
      /is not the package that was published/,
    );
    expect(readdirSync(folder)).not.toContain("out");
  });
});
