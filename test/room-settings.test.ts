import { expect, test } from "vitest";
import { loadConfig } from "../src/config/load.ts";
import { registryOptions, roomEnvironment } from "../src/room-settings.ts";
import { ConfiguredAccess } from "../src/service-access.ts";

function settings(env: NodeJS.ProcessEnv = {}) {
  const required = { VERONA_DOMAIN: "rooms.example.org", VERONA_SECRET: "a" };
  const config = loadConfig({ env: { ...required, ...env }, cwd: "/" });
  const access = new ConfiguredAccess(config);
  const handlers = { faulted() {}, damaged() {} };
  return {
    config,
    ...{ environment: roomEnvironment(config, access), options: registryOptions(config, access, handlers) },
  };
}

test("nicknames: words with what looks like them, patterns, and the service's name if there are any", () => {
  const { environment, config } = settings({ VERONA_SERVICE_NAME: "Great Hall" });
  const names = ["Admin", "moderat0r", "great hall", "Romeo"];
  const reserved = () => names.map((name) => environment.reservedNicknames.has(name));
  expect(reserved()).toEqual([true, true, true, false]);
  config.rooms.reservedNicknames = [];
  expect(reserved()).toEqual([false, false, false, false]);
  config.rooms.reservedNicknames = ["rom*"];
  expect(reserved()).toEqual([false, false, true, true]);
});

test("names of rooms: patterns that one must match, and words and patterns that it may not", () => {
  const { options } = settings({
    VERONA_ROOM_NAMES: "team-*, club-*",
    VERONA_RESERVED_ROOM_NAMES: "team-red, *-x",
  });
  const names = ["team-a", "club-b", "a-team-", "team-red", "teаm-red", "club-x"];
  expect(names.map((name) => options.isAllowedName?.(name))).toEqual([
    true,
    true,
    false,
    false,
    false,
    false,
  ]);
  expect(settings().options.isAllowedName?.("anything")).toBe(true);
});
