// Plays every scansion script against the real thing, behind each server, with a new Verona for each script.
import { existsSync, globSync } from "node:fs";
import { join, relative } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { RunningServer } from "../../dev/servers/server.ts";
import { type RunningVerona, startVerona } from "../../dev/verona.ts";
import { runFile } from "../../src/scansion/run.ts";
import { ADMIN_ENV, COMPONENT, SERVERS } from "../support/servers.ts";

const ROOT = join(import.meta.dirname, "../..");
/** The project's scripts, and those beside the checkout where there are any. */
const FOLDERS = ["scansion", "../shared/seeds"].map((folder) => join(ROOT, folder)).filter(existsSync);
const SCRIPTS = FOLDERS.flatMap((folder) =>
  globSync("*.scs", { cwd: folder }).map((name) => join(folder, name)),
);

test("there are scripts", () => {
  expect(SCRIPTS).not.toEqual([]);
});

describe.each(SERVERS)("behind %s", (_name, start) => {
  let server: RunningServer;
  let verona: RunningVerona;
  beforeAll(async () => {
    server = await start();
  });
  afterAll(() => server?.stop());
  beforeEach(async () => {
    verona = await startVerona({ server, ...COMPONENT, env: ADMIN_ENV });
  });
  afterEach(() => verona?.stop());

  test.each(SCRIPTS.map((path) => relative(ROOT, path)).sort())("%s", async (script) => {
    const outcome = await runFile(join(ROOT, script), {
      host: server.host,
      port: server.clientPort,
      timeoutMs: 30_000,
    });
    expect(outcome.ok ? "" : `${outcome.report}\n\nVerona's log:\n${verona.log()}`).toBe("");
  });
});
