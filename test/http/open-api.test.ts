// Every answer is as the description says.
import { readFileSync } from "node:fs";
import { beforeAll, describe, expect, it, test } from "vitest";
import { z } from "zod";
import { openApi } from "../../src/http/open-api.ts";
import { PREFIX, type Route, routes } from "../../src/http/route.ts";
import { schemaProblem } from "../support/json-schema.ts";
import { Api, type Asked } from "./api.ts";

const OWNER = "crone1@shakespeare.example/desktop";
const MEMBER = "hag66@shakespeare.example/pda";

const content = z.record(z.string(), z.object({ schema: z.record(z.string(), z.unknown()) }));
const described = z.looseObject({
  paths: z.record(
    z.string(),
    z.record(z.string(), z.looseObject({ responses: z.record(z.string(), z.looseObject({ content })) })),
  ),
  components: z.looseObject({ schemas: z.looseObject({ Problem: z.record(z.string(), z.unknown()) }) }),
});
const document = described.parse(openApi("1.2.3"));

/** Returns what is wrong with an answer; undefined if the description has it. */
function problemOf(path: string, method: string, { status, headers, body }: Asked): string | undefined {
  const response = document.paths[path]?.[method.toLowerCase()]?.responses[status];
  if (!response) return `the status ${status} of ${method} ${path} is not described`;
  const [type = ""] = headers.get("content-type")?.split(";") ?? [];
  const schema = response.content[type]?.schema;
  if (!schema) return `${type} is not described for the status ${status} of ${method} ${path}`;
  const { Problem } = document.components.schemas;
  const whole = schema.$ref === undefined ? schema : Problem;
  if (type !== "application/x-ndjson") return schemaProblem(whole, body);
  const lines = String(body).trim().split("\n");
  return lines.map((line) => line && schemaProblem(whole, JSON.parse(line))).find((problem) => problem);
}

/** Parameters with which operations succeed in a room with an owner and a participant, by name. */
const EXAMPLES: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  "room.create": { room: "castle", owners: ["crone1@shakespeare.example"] },
  "archive.purge": { user: "hag66@shakespeare.example" },
  "user.rooms": { user: "hag66@shakespeare.example" },
  "user.export": { account: "hag66@shakespeare.example" },
  "user.erase": { account: "hag66@shakespeare.example" },
  "user.unban": { user: "hag66@shakespeare.example" },
  "bans.list": {},
  "blocklists.show": {},
  "webhook.create": { webhook: "hook", url: "http://127.0.0.1:9/" },
  "webhook.list": {},
  "webhook.show": { webhook: "hook" },
  "webhook.remove": { webhook: "hook" },
  "webhook.dead-letters": { webhook: "hook" },
  "webhook.retry": { webhook: "hook" },
  "user.ban": { user: "hag66@shakespeare.example" },
  status: {},
  counters: {},
  announce: { text: "Double, double toil and trouble" },
  "service.reload": {},
  "log.level": { level: "info" },
  "rooms.list": { max: 1 },
  "room.show": {},
  "room.configure": { set: { name: "Coven" } },
  "room.rename": { to: "cave" },
  "room.destroy": { reason: "Macbeth doth come" },
  "role.set": { role: "visitor" },
  "occupant.kick": {},
  "room.invite": { users: ["wiccarocks@shakespeare.example"] },
  "subject.set": { subject: "Fire Burn and Cauldron Bubble!" },
  "message.send": { text: "Harpier cries: 'tis time" },
  "affiliations.set": { changes: [{ user: "hag66@shakespeare.example", affiliation: "member" }] },
};

const HOOK = { webhook: "hook", url: "http://127.0.0.1:9/" };

/** Operations that come before, by the name of the operation that needs them. */
const BEFORE: Readonly<Record<string, readonly [string, Record<string, unknown>]>> = {
  "user.unban": ["user.ban", { user: "hag66@shakespeare.example" }],
  ...Object.fromEntries(
    ["webhook.show", "webhook.remove", "webhook.dead-letters", "webhook.retry"].map((name) => [
      name,
      ["webhook.create", HOOK],
    ]),
  ),
};

async function call(api: Api, token: string, route: Route, params: Readonly<Record<string, unknown>>) {
  const values: Record<string, unknown> = { room: "coven", ...params };
  const path = route.path.replace(/\{(\w+)\}/g, (_, name) =>
    encodeURIComponent(String(values[name] ?? "thirdwitch")),
  );
  const others = Object.fromEntries(
    Object.entries(params).filter(([name]) => route.others.some((option) => option.name === name)),
  );
  const query = new URLSearchParams(
    Object.entries(others).map(([name, value]): [string, string] => [name, String(value)]),
  );
  return route.hasBody
    ? api.ask(`${route.method} ${PREFIX}${path}`, { token, body: others })
    : api.ask(`${route.method} ${PREFIX}${path}${query.size > 0 ? `?${query}` : ""}`, { token });
}

describe.each(routes().map((route) => [route.operation.name, route] as const))("%s", (name, route) => {
  const path = `${PREFIX}${route.path}`;

  test("answers as described, if it can and if it cannot", async () => {
    const api = await Api.open();
    const token = await api.token("admin");
    await api.harness.enter(OWNER, "firstwitch");
    await api.harness.enter(MEMBER, "thirdwitch");
    const before = BEFORE[name];
    if (before) await api.harness.result(...before);
    const answers = [
      await call(api, token, route, EXAMPLES[name] ?? {}),
      await call(api, token, route, { ...EXAMPLES[name], colour: "red" }),
      await call(api, token, route, { ...EXAMPLES[name], room: "nowhere" }),
      await call(api, "wrong", route, EXAMPLES[name] ?? {}),
      await call(api, await api.token("admin", ["heath"], "other"), route, EXAMPLES[name] ?? {}),
    ];
    for (const answer of answers)
      expect(problemOf(path, route.method, answer), JSON.stringify(answer.body)).toBeUndefined();
    if (EXAMPLES[name]) expect(answers[0]).toMatchObject({ status: 200 });
  });
});

describe("the description", () => {
  let api: Api;
  beforeAll(async () => {
    api = await Api.openForLong();
    return () => api.close();
  });

  it("is served without a token, as it is in the package", async () => {
    const served = await api.ask("GET /openapi.json");
    const packaged: unknown = JSON.parse(
      readFileSync(new URL("../../docs/openapi.json", import.meta.url), "utf8"),
    );
    expect(served.status).toBe(200);
    expect(packaged).toMatchObject({ ...Object(served.body), info: {} });
  });

  it("has every operation once, and health", () => {
    const known = routes().map(({ method, path }) => `${method.toLowerCase()} ${PREFIX}${path}`);
    const paths = Object.entries(document.paths).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => `${method} ${path}`),
    );
    expect(paths.toSorted()).toEqual(
      [...known, "get /v1/events", "get /v1/token", "get /livez", "get /readyz"].toSorted(),
    );
  });

  it("is true of the token of a request", async () => {
    const tokens = [await api.token("read"), await api.token("moderate", ["coven"]), "wrong"];
    for (const token of tokens)
      expect(problemOf("/v1/token", "GET", await api.ask("GET /v1/token", { token }))).toBeUndefined();
    expect((await api.ask("GET /v1/token", { token: tokens[1] ?? "" })).body).toEqual({
      ...{ token: "moderate", scope: "moderate", domain: "chat.example", rooms: ["coven@chat.example"] },
    });
    expect(await api.refusal("POST /v1/token", { token: tokens[0] ?? "" })).toEqual([405, "not-allowed"]);
  });

  it("tells scope and effect of each operation", () => {
    for (const { operation, method, path } of routes())
      expect(document.paths[`${PREFIX}${path}`]?.[method.toLowerCase()]).toMatchObject({
        ...{ "x-scope": operation.scope, "x-effect": operation.effect },
      });
  });

  it("is true of health", async () => {
    for (const path of ["/livez", "/readyz"])
      expect(problemOf(path, "GET", await api.ask(`GET ${path}`))).toBeUndefined();
  });
});
