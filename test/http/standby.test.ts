// The HTTP API of a process that waits to take over.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { z } from "zod";
import { freePorts } from "../../dev/servers/ports.ts";
import { type RunningPostgres, startPostgres } from "../../dev/servers/postgres.ts";
import { callService } from "../../src/control/call-service.ts";
import { eventually } from "../support/eventually.ts";
import { startObserved } from "../support/observed-service.ts";

let postgres: RunningPostgres;
let folder: string;
beforeAll(async () => {
  postgres = await startPostgres();
  folder = mkdtempSync(join(tmpdir(), "verona-http-standby-"));
});
afterAll(() => {
  postgres?.stop();
  rmSync(folder, { recursive: true });
});

it("lives but is not ready, refuses operations, and knows the tokens when it serves", {
  timeout: 60_000,
}, async () => {
  const database = postgres.createDatabase();
  const [first, second] = (await freePorts(2)) as [number, number];
  const start = (port: number) =>
    startObserved(database, undefined, {
      VERONA_STANDBY: "true",
      VERONA_HTTP_PORT: String(port),
      VERONA_CONTROL_SOCKET: join(folder, String(port)),
    });
  const get = (port: number, path: string, token = "") =>
    fetch(`http://127.0.0.1:${port}${path}`, { headers: { authorization: `Bearer ${token}` } });
  const serving = await start(first);
  const waiting = start(second);
  await eventually(async () => expect((await get(second, "/livez")).status).toBe(200));
  const made = await callService(join(folder, String(first)), "token.create", { token: "a", scope: "read" });
  if (made?.kind !== "result") return expect.fail(JSON.stringify(made));
  const { secret } = z.object({ secret: z.string() }).parse(made.value);
  const ready = await get(second, "/readyz");
  expect([ready.status, await ready.json()]).toEqual([503, { state: "standby" }]);
  expect((await get(first, "/v1/status", secret)).status).toBe(200);
  expect((await get(second, "/v1/status", secret)).status).toBe(503);
  await serving.service.stop();
  await serving.server.close();
  const taken = await waiting;
  await eventually(async () => expect((await get(second, "/readyz")).status).toBe(200));
  expect((await get(second, "/v1/status", secret)).status).toBe(200);
  await taken.service.stop();
  await taken.server.close();
});
