// Who may do what: every operation with every kind of token.
import { afterAll, beforeAll, describe, expect, it, test, vi } from "vitest";
import { PREFIX, type Route, routes } from "../../src/http/route.ts";
import { SCOPES } from "../../src/operations/scope.ts";
import { TokenKeeper } from "../../src/operations/tokens/token-keeper.ts";
import { refuse } from "../../src/xmpp/result.ts";
import { gone } from "../../src/xmpp/stanza-error.ts";
import { say } from "../../src/xmpp/text.ts";
import { Api, stubOperations } from "./api.ts";

const DAY_MS = 86_400_000;

/** Sends the request of an operation with these values in its path, and none of its other parameters. */
const addressOf = ({ method, path }: Route, room = "coven"): string =>
  `${method} ${PREFIX}${path.replace("{room}", room).replace(/\{\w+\}/g, "x")}`;

const SCOPE_NAMES: readonly string[] = SCOPES;
const rank = (scope: string): number => SCOPE_NAMES.indexOf(scope);

describe.each(routes().map((route) => [route.operation.name, route] as const))("%s", (_name, route) => {
  const { operation } = route;
  const hasRoom = "room" in operation.params.shape;
  const calls: string[] = [];
  const tokens = new Map<string, string>();
  let api: Api;

  /** Opens the API with operations that are not carried out: only whether they are called matters. */
  beforeAll(async () => {
    api = await Api.openForLong({
      operations: stubOperations(async (name) => {
        calls.push(name);
        return refuse(gone("", say`called`));
      }),
    });
    vi.useFakeTimers({ toFake: ["Date"], now: Date.now() - 2 * DAY_MS });
    const expired = await api.harness.call("token.create", { token: "expired", scope: "admin", days: 1 });
    vi.useRealTimers();
    if (expired.kind === "result") tokens.set("expired", Reflect.get(Object(expired.value), "secret"));
    for (const scope of SCOPES) tokens.set(scope, await api.token(scope));
    tokens.set("this room", await api.token("admin", ["coven"], "this-room"));
    tokens.set("another room", await api.token("admin", ["heath"], "another-room"));
    tokens.set("wrong", `${tokens.get("admin")?.slice(0, -5)}wrong`);
  });

  afterAll(() => api.close());

  const body = route.hasBody && hasRoom && !route.path.includes("{room}") ? { room: "coven" } : undefined;
  const query = !route.hasBody && hasRoom && !route.path.includes("{room}") ? "?room=coven" : "";
  const allowed = (scope: string): number => (rank(scope) >= rank(operation.scope) ? 410 : 403);

  test.each([
    ["no token", undefined, 401],
    ["a wrong token", "wrong", 401],
    ["an expired token", "expired", 401],
    ["a token to read", "read", allowed("read")],
    ["a token to moderate", "moderate", allowed("moderate")],
    ["a token to administer", "admin", 410],
    ["a token for this room", "this room", hasRoom ? 410 : 403],
    ["a token for another room", "another room", 403],
  ])("with %s", async (_kind, name, status) => {
    calls.length = 0;
    const token = name === undefined ? undefined : tokens.get(name);
    expect(token === undefined).toBe(name === undefined);
    const answer = await api.ask(`${addressOf(route)}${query}`, {
      ...(token !== undefined && { token }),
      ...(body && { body }),
    });
    expect(answer.status).toBe(status);
    expect(calls).toEqual(status === 410 ? [operation.name] : []);
    expect(answer.headers.has("www-authenticate")).toBe(
      status === 401 || (status === 403 && rank(name ?? "") >= 0),
    );
  });
});

describe("a token for some rooms", () => {
  it("knows the room by every spelling, and no other", async () => {
    const api = await Api.open();
    await api.harness.enter("crone1@shakespeare.example/desktop", "firstwitch");
    const token = await api.token("read", ["COVEN"]);
    const status = async (room: string) => (await api.ask(`GET /v1/rooms/${room}`, { token })).status;
    expect(await status("Coven")).toBe(200);
    expect(await status("coven%40chat.example")).toBe(200);
    expect(await status("coven%40other.example")).toBe(403);
    expect(await status("coven%20")).toBe(403);
    expect(await status("heath")).toBe(403);
  });

  it("does not have the room share bans with others", async () => {
    const api = await Api.open();
    await api.harness.enter("crone1@shakespeare.example/desktop", "firstwitch");
    const status = async (token: string, set: Record<string, unknown>) =>
      (await api.ask("PATCH /v1/rooms/coven", { token, body: { set } })).status;
    const limited = await api.token("admin", ["coven"], "limited");
    expect(await status(limited, { banGroup: "team" })).toBe(403);
    expect(await status(limited, { name: "The Coven" })).toBe(200);
    expect(await status(await api.token("admin"), { banGroup: "team" })).toBe(200);
  });
});

describe("a bearer token (RFC 6750)", () => {
  test.each(["Basic abc", "Bearer", "Bearer a b", `Bearer ${"a".repeat(5_000)}`, "verona"])(
    "is not %j",
    async (authorization) => {
      const api = await Api.open();
      const answer = await api.ask("GET /v1/status", { headers: { authorization } });
      expect(answer.status).toBe(401);
      expect(answer.headers.get("www-authenticate")).toContain("invalid_token");
      expect(api.wrong).toEqual(["127.0.0.1"]);
    },
  );

  it("ends when it is revoked", async () => {
    const api = await Api.open();
    const token = await api.token("read");
    expect((await api.ask("GET /v1/status", { token })).status).toBe(200);
    await api.harness.result("token.revoke", { token: "read" });
    expect((await api.ask("GET /v1/status", { token })).status).toBe(401);
  });

  it("is refused for the moment if tokens cannot be read", async () => {
    const broken = new TokenKeeper({
      addApiToken: () => true,
      removeApiToken: () => true,
      useApiToken: () => {},
      apiTokens: () => {
        throw new Error("away");
      },
    });
    const api = await Api.open({ tokens: broken });
    const token = await api.token("read");
    expect(await api.refusal("GET /v1/status", { token })).toEqual([500, "internal-server-error"]);
    expect(api.faults).toHaveLength(1);
  });
});
