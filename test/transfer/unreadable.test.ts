// Sources that an import cannot read.
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { exportSource } from "../../src/transfer/export-source.ts";
import { openFolder } from "../../src/transfer/prosody/folder.ts";
import { prosodySource } from "../../src/transfer/prosody/source.ts";
import { type Source, TransferError } from "../../src/transfer/source.ts";
import { asNobody } from "../support/as-nobody.ts";

const HOST = "rooms";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "verona-unreadable-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

async function faultOf(source: Source): Promise<unknown> {
  try {
    for await (const _ of source.items(() => {}));
    return undefined;
  } catch (error) {
    return error;
  }
}

describe("what cannot be read is told in words", () => {
  test("a folder in the place of an export", async () => {
    const fault = await faultOf(exportSource(folder));
    expect(fault).toBeInstanceOf(TransferError);
    expect(String(fault)).toContain(`cannot read ${folder}: EISDIR: illegal operation on a directory`);
  });

  test("a folder in the place of one of Prosody's files", async () => {
    const file = join(folder, HOST, "config", "coven.dat");
    mkdirSync(file, { recursive: true });
    const fault = await faultOf(prosodySource(folder, HOST));
    expect(fault).toBeInstanceOf(TransferError);
    expect(String(fault)).toContain(`cannot read ${file}: EISDIR`);
  });

  test("Prosody's data, which are closed to this user, and not taken for missing", () => {
    const data = join(folder, "data");
    const configs = join(data, HOST, "config");
    mkdirSync(configs, { recursive: true });
    writeFileSync(join(configs, "coven.dat"), "return {};");
    chmodSync(folder, 0o755);
    const faultFor = (mode: number): unknown => {
      chmodSync(data, mode);
      return asNobody(() => {
        try {
          return openFolder(data, HOST).nodes();
        } catch (error) {
          return error;
        }
      });
    };
    expect(faultFor(0o755)).toEqual(["coven"]);
    const fault = faultFor(0o600);
    expect(fault).toBeInstanceOf(TransferError);
    expect(String(fault)).toContain(`cannot read ${configs}: EACCES: permission denied`);
  });
});
