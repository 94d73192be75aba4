import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { applyChanges, needsRestart } from "../../src/config/live-settings.ts";
import { loadConfig } from "../../src/config/load.ts";
import { SETTINGS } from "../../src/config/settings.ts";

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
      VERONA_HTTP_PORT: "8480",
      VERONA_PAGES_PORT: "8490",
      VERONA_PAGES_URL: "https://rooms.example",
      VERONA_LOG_LEVEL: "debug",
    }),
  );
  expect(changes).toEqual({
    applied: [
      ...["service.admins", "service.contacts", "rooms.defaults", "limits.rooms", "metrics"],
      ...["http", "pages", "controlSocket", "logLevel"],
    ],
    afterRestart: ["component.secret", "limits.outboxBytes", "storage"],
  });
  expect(current).toMatchObject({
    component: { secret: "a" },
    service: { admins: ["b@b.example"] },
    rooms: { defaults: { moderated: true } },
    logLevel: "debug",
    metrics: { port: 9464 },
    http: { port: 8480 },
    pages: { port: 8490, url: "https://rooms.example/", robots: "noindex" },
  });
  // The existing `limits` object has the new values.
  expect([limits.rooms, limits.outboxBytes]).toEqual([5, load().limits.outboxBytes]);
});

test("one that is the same changes nothing", () => {
  expect(applyChanges(load(), load())).toEqual({ applied: [], afterRestart: [] });
});

test("docs/configuration.md names all settings that need a restart", () => {
  const docs = readFileSync(new URL("../../docs/configuration.md", import.meta.url), "utf8");
  const [, sentence = ""] = /A restart is needed for ([^:]*?)\. If/.exec(docs) ?? [];
  const named = [...sentence.matchAll(/`([^`]+)`/g)].map(([, name = ""]) => name);
  const whole = ["component", "storage"];
  const settings = Object.keys(SETTINGS).filter(
    (path) => !/^(rooms\.defaults|service\.contacts)\./.test(path),
  );
  const others = settings
    .filter(needsRestart)
    .filter((path) => !/^(metrics|http|pages)\./.test(path) && !whole.includes(path.split(".")[0] ?? ""));
  expect(named.toSorted()).toEqual([...whole, ...others].toSorted());
});
