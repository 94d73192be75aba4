import { expect, test } from "vitest";
import { applyChanges } from "../../src/config/changes.ts";
import { loadConfig } from "../../src/config/load.ts";

const load = (more: NodeJS.ProcessEnv = {}) =>
  loadConfig({ env: { VERONA_DOMAIN: "a.example", VERONA_SECRET: "a", ...more }, cwd: "/" });

test("a configuration that is read again changes what can change, and names the rest", () => {
  const current = load();
  const { limits } = current;
  const changes = applyChanges(
    current,
    load({
      VERONA_ADMINS: "b@b.example",
      VERONA_CONTACTS: '{"abuse": ["mailto:abuse@b.example"]}',
      VERONA_ROOM_DEFAULTS: '{"moderated": true}',
      VERONA_MAX_ROOMS: "5",
      VERONA_MAX_OUTBOX_BYTES: "16777216",
      VERONA_SECRET: "b",
      VERONA_STORAGE: "memory:",
      VERONA_METRICS_PORT: "9464",
      VERONA_LOG_LEVEL: "debug",
    }),
  );
  expect(changes).toEqual({
    applied: ["service.admins", "service.contacts", "rooms.defaults", "limits.rooms", "logLevel"],
    afterRestart: ["component.secret", "limits.outboxBytes", "metrics", "storage"],
  });
  expect(current).toMatchObject({
    component: { secret: "a" },
    service: { admins: ["b@b.example"] },
    rooms: { defaults: { moderated: true } },
    logLevel: "debug",
    metrics: undefined,
  });
  // Whoever has the limits has the new ones.
  expect([limits.rooms, limits.outboxBytes]).toEqual([5, load().limits.outboxBytes]);
});

test("one that is the same changes nothing", () => {
  expect(applyChanges(load(), load())).toEqual({ applied: [], afterRestart: [] });
});
