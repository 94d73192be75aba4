import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { writeNewFile } from "../../src/transfer/new-file.ts";
import { TransferError } from "../../src/transfer/source.ts";

let folder: string;
let path: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "verona-new-file-"));
  path = join(folder, "file");
});
afterEach(() => rmSync(folder, { recursive: true }));

const content = (): string => readFileSync(path, "utf8");

/** Runs a module that writes new files in a process of its own. */
function runWith(code: string) {
  const module = new URL("../../src/transfer/new-file.ts", import.meta.url);
  const whole = `import { writeNewFile } from "${module}";\n${code}`;
  return spawnSync(process.execPath, ["--input-type=module", "-e", whole], { encoding: "utf8" });
}

describe("a new file", () => {
  test("appears when it is complete, for its owner only", async () => {
    await writeNewFile(path, async (partial) => {
      expect(readdirSync(folder).map((name) => join(folder, name))).toEqual([partial]);
      await writeFile(partial, "all of it");
    });
    expect(readdirSync(folder)).toEqual(["file"]);
    expect([content(), statSync(path).mode & 0o777]).toEqual(["all of it", 0o600]);
  });

  test("does not appear where writing fails, so that it can be written again", async () => {
    const failing = writeNewFile(path, async (partial) => {
      await writeFile(partial, "part of");
      throw new Error("ENOSPC: no space left on device");
    });
    await expect(failing).rejects.toThrow(`cannot write ${path}: ENOSPC`);
    expect(readdirSync(folder)).toEqual([]);
    await writeNewFile(path, (partial) => writeFile(partial, "all of it"));
    expect(content()).toBe("all of it");
  });

  test("is written by one of two who write it at the same time, and is whole", async () => {
    const bothWrite = Promise.withResolvers<void>();
    const first = writeNewFile(path, async (partial) => {
      await writeFile(partial, "the first");
      await bothWrite.promise;
    });
    const second = writeNewFile(path, async (partial) => {
      await writeFile(partial, "the second");
      bothWrite.resolve();
      await first;
    });
    await expect(second).rejects.toThrow(`${path} already exists`);
    await expect(second).rejects.toBeInstanceOf(TransferError);
    expect([readdirSync(folder), content()]).toEqual([["file"], "the first"]);
  });

  test("never takes the place of a file that is there", async () => {
    writeFileSync(path, "precious");
    let isAsked = false;
    const refused = writeNewFile(path, async () => {
      isAsked = true;
    });
    await expect(refused).rejects.toThrow(`${path} already exists`);
    expect([isAsked, content()]).toEqual([false, "precious"]);
  });

  test("that is not complete goes with the process, and so does the journal of a database", () => {
    const { status } = runWith(`import { writeFileSync } from "node:fs";
      await writeNewFile(${JSON.stringify(path)}, async (partial) => {
        writeFileSync(partial + "-journal", "");
        process.exit(130);
      });`);
    expect([status, readdirSync(folder)]).toEqual([130, []]);
  });

  test("that cannot be made leaves no trouble for the end of the process", () => {
    writeFileSync(path, "a file, and no folder");
    const { status, stdout, stderr } = runWith(
      `await writeNewFile(${JSON.stringify(join(path, "file"))}, async () => {}).catch((error) => console.log(error.message));`,
    );
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
    expect(stdout).toContain(`cannot write ${join(path, "file")}: ENOTDIR`);
  });
});
