import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { withRoomOptionsTable } from "../../dev/room-options-table.ts";
import { loadConfig } from "../../src/config/load.ts";
import { configJsonSchema } from "../../src/config/schema.ts";
import { SETTINGS } from "../../src/config/settings.ts";
import { DEFAULT_ROOM_CONFIG } from "../../src/muc/model/room-config.ts";

const root = new URL("../../", import.meta.url);
const read = (name: string) => readFileSync(new URL(name, root), "utf8");

test("config.schema.json is current (npm run schema)", () => {
  expect(JSON.parse(read("config.schema.json"))).toEqual(JSON.parse(JSON.stringify(configJsonSchema())));
});

test("the schema describes every setting, and refuses unknown keys", () => {
  const { properties = {}, additionalProperties } = configJsonSchema();
  expect(additionalProperties).toBe(false);
  expect(properties.component?.properties?.port).toMatchObject({
    description: expect.stringContaining("VERONA_PORT"),
    default: 5347,
    minimum: 1,
    maximum: 65535,
  });
  const defaults = properties.rooms?.properties?.defaults;
  expect(defaults?.additionalProperties).toBe(false);
  for (const [field, value] of Object.entries(DEFAULT_ROOM_CONFIG)) {
    expect(defaults?.properties?.[field]).toMatchObject({ default: value, description: expect.any(String) });
  }
});

test("config.example.json is valid", () => {
  const config = loadConfig({ path: "config.example.json", env: {}, cwd: new URL("./", root).pathname });
  expect(config.component.domain).toBe("conference.example.com");
});

test("the table of room options in docs/configuration.md is current (npm run schema)", () => {
  const docs = read("docs/configuration.md");
  expect(withRoomOptionsTable(docs)).toBe(docs);
});

test.each(Object.entries(SETTINGS))("docs/configuration.md has a row for %s", (path, setting) => {
  const row = read("docs/configuration.md")
    .split("\n")
    .find((line) => line.startsWith(`| \`${path}\` |`));
  expect(row).toBeDefined();
  if (setting.variable !== undefined) expect(row).toContain(`| \`${setting.variable}\` |`);
  if (setting.default !== undefined) expect(row).toContain(`| \`${JSON.stringify(setting.default)}\` |`);
});
