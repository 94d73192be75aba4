import { setImmediate as immediate } from "node:timers/promises";
import { beforeEach, describe, expect, it, test } from "vitest";
import { refuse } from "../../src/xmpp/result.ts";
import { errors } from "../../src/xmpp/stanza-error.ts";
import { say } from "../../src/xmpp/text.ts";
import { ROOM } from "../operations/harness.ts";
import { Api, stubOperations } from "./api.ts";

const MEMBER = { user: "hag66@shakespeare.example", affiliation: "member" };
const OWNER = "crone1@shakespeare.example/desktop";

let api: Api;
let admin: string;
beforeEach(async () => {
  api = await Api.open();
  admin = await api.token("admin");
});

describe("the HTTP API", () => {
  it("reads by GET, with parameters in path and query", async () => {
    for (const node of ["coven", "heath", "castle"])
      await api.harness.enter(OWNER, "firstwitch", `${node}@chat.example`);
    const list = await api.ask("GET /v1/rooms?max=2&search=C", { token: admin });
    expect(list).toMatchObject({ status: 200, body: { rooms: [{}, { room: ROOM }] } });
    expect(list.headers.get("content-type")).toBe("application/json; charset=utf-8");
    expect(list.headers.get("cache-control")).toBe("no-store");
    for (const room of ["coven", "COVEN", "coven%40chat.example"])
      expect((await api.ask(`GET /v1/rooms/${room}`, { token: admin })).body).toMatchObject({ room: ROOM });
  });

  it("finds a room whose name has any characters, however long", async () => {
    const node = `${"é".repeat(500)}%?#+`;
    await api.harness.enter(OWNER, "firstwitch", `${node}@chat.example`);
    const { status } = await api.ask(`GET /v1/rooms/${encodeURIComponent(node)}`, { token: admin });
    expect(status).toBe(200);
  });

  it("changes by POST with a JSON body, in the name of the token", async () => {
    await api.harness.enter(OWNER, "firstwitch");
    const changes = [{ user: "hag66@shakespeare.example", affiliation: "member" }];
    expect(
      await api.ask("POST /v1/rooms/coven/affiliations", { token: admin, body: { changes } }),
    ).toMatchObject({ status: 200, body: {} });
    expect(api.harness.log.at(-1)).toMatchObject({
      ...{ operation: "affiliations.set", by: "token admin", room: "coven" },
    });
    expect((await api.ask("DELETE /v1/rooms/coven?reason=over", { token: admin })).status).toBe(200);
    expect(await api.refusal("GET /v1/rooms/coven", { token: admin })).toEqual([404, "item-not-found"]);
  });

  test.each([
    ["GET /v1/rooms?max=0", undefined],
    ["GET /v1/rooms?max=", undefined],
    ["GET /v1/rooms?max=1e2", undefined],
    ["GET /v1/rooms?max=1&max=2", undefined],
    ["GET /v1/rooms?colour=red", undefined],
    ["GET /v1/rooms?__proto__=1", undefined],
    ["GET /v1/rooms/coven?room=heath", undefined],
    ["DELETE /v1/rooms/coven", { reason: "a" }],
    ["POST /v1/rooms/coven/affiliations", "{"],
    ["POST /v1/rooms/coven/affiliations", "[]"],
    ["POST /v1/rooms/coven/affiliations", "null"],
    ["POST /v1/rooms/coven/affiliations", '{"changes": [], "__proto__": {}}'],
    ["POST /v1/rooms/coven/affiliations", { room: "heath", changes: [MEMBER] }],
    ["POST /v1/rooms/coven/affiliations?a=b", { changes: [MEMBER] }],
    ["GET /v1/rooms/%ff", undefined],
  ])("refuses %s with %j as bad-request", async (address, body) => {
    await api.harness.enter(OWNER, "firstwitch");
    const options = { token: admin, ...(body !== undefined && { body }) };
    expect(await api.refusal(address, options)).toEqual([400, "bad-request"]);
  });

  it("refuses unknown addresses, methods and types of bodies", async () => {
    expect(await api.refusal("GET /v1/nothing")).toEqual([404, "item-not-found"]);
    expect(await api.refusal("GET /")).toEqual([404, "item-not-found"]);
    expect(await api.refusal("PATCH /v1/status", { body: {} })).toEqual([405, "not-allowed"]);
    expect((await api.ask("PUT /v1/rooms/coven", { token: admin })).headers.get("allow")).toMatch(/GET/);
    const headers = { "content-type": "text/plain" };
    const address = "POST /v1/rooms/coven/affiliations";
    expect(await api.refusal(address, { token: admin, body: "a", headers })).toEqual([415, "bad-request"]);
  });

  it("refuses a body of more than a mebibyte", async () => {
    const body = JSON.stringify({ changes: "a".repeat(1_048_576) });
    const address = "POST /v1/rooms/coven/affiliations";
    expect(await api.refusal(address, { token: admin, body })).toEqual([413, "policy-violation"]);
  });

  test.each([
    [errors.badRequest, 400],
    [errors.jidMalformed, 400],
    [errors.forbidden, 403],
    [errors.notAllowed, 403],
    [errors.itemNotFound, 404],
    [errors.conflict, 409],
    [errors.notAcceptable, 422],
    [errors.policyViolation, 422],
    [errors.internalServerError, 500],
    [errors.resourceConstraint, 503],
    [errors.serviceUnavailable, 503],
  ])("answers with the status of a condition", async (refusal, status) => {
    const { condition } = refusal(say`why`);
    const stub = await Api.open({ operations: stubOperations(async () => refuse(refusal(say`why`))) });
    const token = await stub.token("read");
    expect(await stub.refusal("GET /v1/status", { token })).toEqual([status, condition]);
  });

  it("answers 503 before the service has started, and while tokens cannot be read", async () => {
    const starting = await Api.open({}, { service: () => undefined });
    expect(await starting.refusal("GET /v1/status", { token: "a" })).toEqual([503, "service-unavailable"]);
  });
});

describe("health", () => {
  it("is asked for without a token", async () => {
    expect(await api.ask("GET /livez")).toMatchObject({ status: 200, body: { state: "live" } });
    expect(await api.ask("GET /readyz")).toMatchObject({ status: 200, body: { state: "serving" } });
    expect(await api.ask("HEAD /readyz")).toMatchObject({ status: 200, body: "" });
  });

  test.each(["starting", "standby", "offline", "silent"])("is not ready while %s", async (state) => {
    const other = await Api.open({}, { state: () => state });
    expect(await other.ask("GET /readyz")).toMatchObject({ status: 503, body: { state } });
    expect((await other.ask("GET /livez")).status).toBe(200);
  });

  it("is not ready while the store does not answer", async () => {
    const waiting = await Api.open({ whenStored: () => new Promise(() => {}) });
    const [first, second] = await Promise.all([waiting.ask("GET /readyz"), waiting.ask("GET /readyz")]);
    expect([first, second]).toMatchObject([{ status: 503, body: { state: "store-away" } }, { status: 503 }]);
    const broken = await Api.open({ whenStored: () => Promise.reject(new Error("disk")) });
    expect((await broken.ask("GET /readyz")).status).toBe(503);
  });
});

describe("streams", () => {
  const streaming = (lines: () => AsyncIterable<unknown>): Promise<Api> =>
    Api.open({ operations: stubOperations(async () => ({ kind: "stream", lines: lines() })) });

  it("are JSON Lines", async () => {
    const other = await streaming(async function* () {
      yield { a: 1 };
      yield { a: "\n" };
    });
    const answer = await other.ask("GET /v1/status", { token: await other.token("read") });
    expect(answer).toMatchObject({ status: 200, body: '{"a":1}\n{"a":"\\n"}\n' });
    expect(answer.headers.get("content-type")).toBe("application/x-ndjson; charset=utf-8");
  });

  it("wait for the client, and end when it goes", async () => {
    let made = 0;
    const ended = Promise.withResolvers<void>();
    const other = await streaming(async function* () {
      try {
        for (; made < 100_000; made++) yield "a".repeat(10_000);
      } finally {
        ended.resolve();
      }
    });
    const response = await other.fetch("GET /v1/status", { token: await other.token("read") });
    const reader = response.body?.getReader();
    await reader?.read();
    for (let turn = 0; turn < 20_000; turn++) await immediate();
    await reader?.cancel();
    await ended.promise;
    expect(made).toBeLessThan(10_000);
  });

  it("break off within the answer if they fail", async () => {
    const other = await streaming(async function* () {
      yield 1;
      await new Promise((resolve) => setTimeout(resolve, 50));
      throw new Error("lost");
    });
    const response = await other.fetch("GET /v1/status", { token: await other.token("read") });
    await expect(response.text()).rejects.toThrow();
  });
});
