import { describe, expect, test } from "vitest";
import { loadConfig } from "../src/config/load.ts";
import { ConfiguredAccess } from "../src/service-access.ts";

const ADMIN = "admin@else.example";
const LOCAL = "romeo@example.org";
const REMOTE = "juliet@capulet.example";

function accessOf(env: NodeJS.ProcessEnv, isReported?: (jid: string) => boolean): ConfiguredAccess {
  const required = { VERONA_DOMAIN: "rooms.example.org", VERONA_SECRET: "a", VERONA_ADMINS: ADMIN };
  return new ConfiguredAccess(loadConfig({ env: { ...required, ...env }, cwd: "/" }), isReported);
}

/** Each value of a setting, with whom it allows: a local user, a remote one, an administrator. */
const CELLS = [
  ["anyone", true, true],
  ["local", true, false],
  ["admins", false, false],
  [REMOTE, false, true],
  ["capulet.example", false, true],
  ["*@capulet.example", false, true],
  ["jul*@*", false, true],
  ["*.example", false, true],
  ["local, capulet.example", true, true],
  ["ulet.example", false, false],
  ["*@pulet.example", false, false],
] as const;

describe.each(CELLS)("the value %s", (value, local, remote) => {
  test.each([
    ["VERONA_USERS", (access: ConfiguredAccess, jid: string) => access.standingOf(jid) === "free"],
    ["VERONA_ROOM_CREATION", (access: ConfiguredAccess, jid: string) => access.mayCreateRooms(jid)],
    ["VERONA_PERSISTENT_ROOMS", (access: ConfiguredAccess, jid: string) => access.mayPersist(jid)],
    ["VERONA_PUBLIC_ROOMS", (access: ConfiguredAccess, jid: string) => access.mayPublish(jid)],
  ])("of %s", (variable, may) => {
    const access = accessOf({ [variable]: value });
    expect([LOCAL, REMOTE, ADMIN].map((jid) => may(access, jid))).toEqual([local, remote, true]);
  });
});

test("by default anyone may use the service, and local users create rooms", () => {
  const access = accessOf({});
  expect([LOCAL, REMOTE].map((jid) => access.standingOf(jid))).toEqual(["free", "free"]);
  expect([LOCAL, REMOTE].map((jid) => access.mayCreateRooms(jid))).toEqual([true, false]);
  expect([LOCAL, REMOTE].map((jid) => [access.mayPersist(jid), access.mayPublish(jid)])).toEqual([
    [true, true],
    [true, true],
  ]);
});

describe("the operator's lists", () => {
  test.each([
    ["VERONA_BLOCK_EVERYTHING", "refused", false],
    ["VERONA_BLOCK_ENTRY", "barred", false],
    ["VERONA_BLOCK_CREATION", "free", false],
  ] as const)("%s", (variable, standing, mayCreate) => {
    for (const value of [LOCAL, "example.org", "*@example.org", "*.org"]) {
      const access = accessOf({ [variable]: `${value}, ${ADMIN}`, VERONA_ROOM_CREATION: "anyone" });
      expect([access.standingOf(LOCAL), access.mayCreateRooms(LOCAL)]).toEqual([standing, mayCreate]);
      expect([access.standingOf(REMOTE), access.mayCreateRooms(REMOTE)]).toEqual(["free", true]);
      expect([access.standingOf(ADMIN), access.mayCreateRooms(ADMIN)]).toEqual(["free", true]);
    }
  });

  test("precede lists of others", () => {
    const access = accessOf({ VERONA_BLOCK_ENTRY: LOCAL }, () => true);
    expect([LOCAL, REMOTE, ADMIN].map((jid) => access.standingOf(jid))).toEqual([
      "barred",
      "reported",
      "free",
    ]);
    expect(accessOf({ VERONA_ROOM_CREATION: "anyone" }, () => true).mayCreateRooms(REMOTE)).toBe(false);
  });

  test("apply when the configuration is read again", () => {
    const config = loadConfig({ env: { VERONA_DOMAIN: "rooms.example.org", VERONA_SECRET: "a" }, cwd: "/" });
    const access = new ConfiguredAccess(config);
    expect(access.standingOf(REMOTE)).toBe("free");
    config.blocklists.entry = ["capulet.example"];
    const { version } = access;
    access.changed();
    expect(access.standingOf(REMOTE)).toBe("barred");
    expect(access.version).toBeGreaterThan(version);
  });
});

test("standings are forgotten, the oldest first, when there are many", () => {
  const asked: string[] = [];
  const access = accessOf({}, (jid) => asked.push(jid) < 0);
  for (let n = 0; n <= 20_000; n++) access.standingOf(`u${n}@a.example`);
  asked.length = 0;
  access.standingOf("u20000@a.example");
  expect(asked).toEqual([]);
  access.standingOf("u0@a.example");
  expect(asked).toEqual(["u0@a.example"]);
});
