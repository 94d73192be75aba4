// The HTTP API of the whole service: tokens from the command line, a store on disk, restarts.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { z } from "zod";
import { freePorts } from "../../dev/servers/ports.ts";
import { loadConfig } from "../../src/config/load.ts";
import { callService } from "../../src/control/call-service.ts";
import { eventually } from "../support/eventually.ts";
import { type ObservedService, startObserved } from "../support/observed-service.ts";

let folder: string;
let port: number;
let running: ObservedService | undefined;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "verona-http-"));
  [port] = (await freePorts(1)) as [number];
});
afterEach(async () => {
  await stop();
  rmSync(folder, { recursive: true });
});

const settings = () => ({
  VERONA_HTTP_PORT: String(port),
  VERONA_CONTROL_SOCKET: join(folder, "socket"),
  VERONA_STORAGE: `sqlite:${join(folder, "a.sqlite")}`,
});

async function start(): Promise<ObservedService> {
  const { VERONA_STORAGE, ...more } = settings();
  running = await startObserved(VERONA_STORAGE, undefined, more);
  return running;
}

async function stop(): Promise<void> {
  await running?.service.stop();
  await running?.server.close();
  running = undefined;
}

async function makeToken(params: object): Promise<string> {
  const made = await callService(join(folder, "socket"), "token.create", { ...params });
  if (made?.kind !== "result") return expect.fail(JSON.stringify(made));
  return z.object({ secret: z.string() }).parse(made.value).secret;
}

const ask = (method: string, path: string, token?: string, body?: object, key?: string) =>
  fetch(`http://127.0.0.1:${port}${path}`, {
    method,
    headers: {
      ...(token !== undefined && { authorization: `Bearer ${token}` }),
      ...(key !== undefined && { "idempotency-key": key }),
      ...(body && { "content-type": "application/json" }),
    },
    ...(body && { body: JSON.stringify(body) }),
  });

describe("the HTTP API of a service", () => {
  it("carries out operations, and remembers tokens and answers over a restart", async () => {
    await start();
    const token = await makeToken({ token: "bot", scope: "admin" });
    const room = { room: "coven", owners: ["crone1@shakespeare.example"] };
    const created = await ask("POST", "/v1/rooms", token, room, "create-1");
    expect(created.status).toBe(200);
    const first = await created.json();
    expect(running?.log.map(({ msg }) => msg)).toContain("operation");
    await stop();
    await start();
    const again = await ask("POST", "/v1/rooms", token, room, "create-1");
    expect([again.status, await again.json()]).toEqual([200, first]);
    expect(again.headers.get("idempotency-replayed")).toBe("true");
    expect((await ask("POST", "/v1/rooms", token, room)).status).toBe(409);
    const shown = await (await ask("GET", "/v1/rooms/coven", token)).json();
    expect(shown).toMatchObject({ room: "coven@chat.example", affiliations: [{ affiliation: "owner" }] });
  });

  it("revokes a token at once, for good", async () => {
    await start();
    const token = await makeToken({ token: "bot", scope: "read" });
    expect((await ask("GET", "/v1/status", token)).status).toBe(200);
    await callService(join(folder, "socket"), "token.revoke", { token: "bot" });
    expect((await ask("GET", "/v1/status", token)).status).toBe(401);
    await stop();
    await start();
    expect((await ask("GET", "/v1/status", token)).status).toBe(401);
    expect(running?.log.filter(({ msg }) => msg.includes("wrong token"))).toHaveLength(1);
  });

  it("is ready while the service is linked to its server", async () => {
    const { server } = await start();
    await eventually(async () => expect((await ask("GET", "/readyz")).status).toBe(200));
    await server.close();
    await eventually(async () => {
      const answer = await ask("GET", "/readyz");
      expect([answer.status, await answer.json()]).toEqual([503, { state: "offline" }]);
    });
    expect((await ask("GET", "/livez")).status).toBe(200);
  });

  it("follows a changed address, and ends if it has none", async () => {
    const { service } = await start();
    const before = port;
    [port] = (await freePorts(1)) as [number];
    const env = { VERONA_DOMAIN: "chat.example", VERONA_SECRET: "cauldron", ...settings() };
    const next = loadConfig({ env, cwd: folder });
    expect(service.reconfigure(structuredClone(next)).applied).toContain("http");
    await eventually(async () => expect((await ask("GET", "/livez")).status).toBe(200));
    await expect(fetch(`http://127.0.0.1:${before}/livez`)).rejects.toThrow();
    service.reconfigure({ ...next, http: undefined });
    await eventually(() => expect(ask("GET", "/livez")).rejects.toThrow());
  });

  it("tells of events, and ends with the service", async () => {
    await start();
    const token = await makeToken({ token: "bot", scope: "read", rooms: ["coven"] });
    const response = await ask("GET", "/v1/events", token);
    const text = response.text().catch(() => "broken off");
    const admin = await makeToken({ token: "admin", scope: "admin" });
    await ask("POST", "/v1/rooms", admin, { room: "heath", owners: ["crone1@shakespeare.example"] });
    await ask("POST", "/v1/rooms", admin, { room: "coven", owners: ["crone1@shakespeare.example"] });
    await stop();
    expect(["broken off", expect.stringContaining("event: room-created")]).toContainEqual(await text);
    await expect(ask("GET", "/livez")).rejects.toThrow();
  });
});
