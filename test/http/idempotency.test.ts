// The header Idempotency-Key.
import { beforeEach, describe, expect, it, test } from "vitest";
import type { HttpService } from "../../src/http/http-service.ts";
import { RepeatedRequests } from "../../src/http/idempotency.ts";
import { JSON_TYPE } from "../../src/http/problem.ts";
import type { OperationOutcome } from "../../src/operations/operation.ts";
import { IN_MEMORY, SqliteStore } from "../../src/storage/sqlite/store.ts";
import { refuse } from "../../src/xmpp/result.ts";
import { errors } from "../../src/xmpp/stanza-error.ts";
import { say } from "../../src/xmpp/text.ts";
import { Api, stubOperations } from "./api.ts";

const ADDRESS = "POST /v1/rooms/coven/affiliations";
const body = { changes: [{ user: "hag66@shakespeare.example", affiliation: "member" }] };
const headers = { "idempotency-key": "k1" };

let calls: number;
let outcome: () => Promise<OperationOutcome>;
beforeEach(() => {
  calls = 0;
  outcome = async () => ({ kind: "result", value: { call: calls } });
});
const operations = stubOperations(() => {
  calls += 1;
  return outcome();
});
const open = (parts: Partial<HttpService> = {}): Promise<Api> => Api.open({ operations, ...parts });

describe("a request with an Idempotency-Key", () => {
  it("is carried out once, and answered as the first time", async () => {
    const api = await open();
    const token = await api.token("admin");
    const first = await api.ask(ADDRESS, { token, body, headers });
    const second = await api.ask(ADDRESS, { token, body, headers });
    expect([first, second]).toMatchObject([
      { status: 200, body: { call: 1 } },
      { status: 200, body: { call: 1 } },
    ]);
    expect(second.headers.get("idempotency-replayed")).toBe("true");
    expect(second.headers.get("content-type")).toBe(first.headers.get("content-type"));
    await api.ask(ADDRESS, { token, body, headers: { "idempotency-key": "k2" } });
    await api.ask(ADDRESS, { token, body });
    expect(calls).toBe(3);
  });

  it("has the same answer after a restart", async () => {
    const api = await open();
    const token = await api.token("admin");
    await api.ask(ADDRESS, { token, body, headers });
    const { store, tokens } = api.harness;
    const next = await open({ store, tokens });
    expect((await next.ask(ADDRESS, { token, body, headers })).body).toEqual({ call: 1 });
    expect(calls).toBe(1);
  });

  it("is refused if the first one was another request", async () => {
    const api = await open();
    const token = await api.token("admin");
    await api.ask(ADDRESS, { token, body, headers });
    const changed = { changes: [{ user: "hag66@shakespeare.example", affiliation: "admin" }] };
    expect(await api.refusal(ADDRESS, { token, headers, body: changed })).toEqual([422, "not-acceptable"]);
    const elsewhere = "POST /v1/rooms/heath/affiliations";
    expect(await api.refusal(elsewhere, { token, headers, body })).toEqual([422, "not-acceptable"]);
    expect(calls).toBe(1);
  });

  it("does not know the keys of other tokens", async () => {
    const api = await open();
    const other = await api.token("admin", undefined, "other");
    await api.ask(ADDRESS, { token: await api.token("admin"), body, headers });
    expect((await api.ask(ADDRESS, { token: other, body, headers })).body).toEqual({ call: 2 });
  });

  it("is refused while the first one is under way", async () => {
    const waiting = Promise.withResolvers<OperationOutcome>();
    outcome = () => waiting.promise;
    const api = await open();
    const token = await api.token("admin");
    const both = [0, 1].map(() => api.ask(ADDRESS, { token, body, headers }));
    expect((await Promise.race(both)).status).toBe(409);
    waiting.resolve({ kind: "result", value: {} });
    expect((await Promise.all(both)).map(({ status }) => status).toSorted()).toEqual([200, 409]);
    expect(calls).toBe(1);
  });

  it("keeps a refusal, but not that nothing could be done", async () => {
    const api = await open();
    const token = await api.token("admin");
    outcome = async () => refuse(errors.serviceUnavailable(say`later`));
    expect(await api.refusal(ADDRESS, { token, body, headers })).toEqual([503, "service-unavailable"]);
    outcome = async () => refuse(errors.conflict(say`taken`));
    expect(await api.refusal(ADDRESS, { token, body, headers })).toEqual([409, "conflict"]);
    outcome = async () => ({ kind: "result", value: {} });
    expect(await api.refusal(ADDRESS, { token, body, headers })).toEqual([409, "conflict"]);
    expect(calls).toBe(2);
  });

  test.each(["a b", "", "a".repeat(256), "é"])("refuses the key %j", async (key) => {
    const api = await open();
    const token = await api.token("admin");
    const refused = api.refusal(ADDRESS, { token, body, headers: { "idempotency-key": key } });
    expect(await refused).toEqual([400, "bad-request"]);
  });

  it("that only reads is carried out each time", async () => {
    const api = await open();
    const token = await api.token("admin");
    for (const _ of [1, 2]) await api.ask("GET /v1/status", { token, headers });
    expect(calls).toBe(2);
  });
});

describe("what is kept", () => {
  const token = { id: "1", name: "a", scope: "admin", rooms: undefined } as const;
  const times = { created: 0, expires: undefined, used: undefined };
  const done = async () => ({ status: 200, type: JSON_TYPE, body: "{}" });

  it("is forgotten after a day", async () => {
    const store = new SqliteStore(IN_MEMORY);
    store.addApiToken({ ...token, ...times, hash: "ab".repeat(32) });
    let now = 1_000_000;
    const repeated = new RepeatedRequests(() => now);
    const once = (key: string) => repeated.once(store, { ...token, ...times }, key, "what", done);
    await once("first");
    expect((await once("first")).headers).toBeDefined();
    now += 86_400_001;
    for (let count = 0; count < 100; count++) await once(`key ${count}`.replace(" ", "-"));
    expect((await once("first")).headers).toBeUndefined();
    now += 86_400_001;
    await repeated.trim(store);
    expect((await once("first")).headers).toBeUndefined();
  });

  it("is no answer that ended with the process: a repetition is refused", async () => {
    const store = new SqliteStore(IN_MEMORY);
    store.addApiToken({ ...token, ...times, hash: "ab".repeat(32) });
    const repeated = new RepeatedRequests();
    const once = (carryOut: typeof done) =>
      repeated.once(store, { ...token, ...times }, "key", "what", carryOut);
    await expect(once(() => Promise.reject(new Error("killed")))).rejects.toThrow("killed");
    expect((await once(done)).status).toBe(409);
  });
});
