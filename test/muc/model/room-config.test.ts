import { describe, expect, it } from "vitest";
import { boundedConfig, DEFAULT_ROOM_CONFIG, sharingDefaults } from "../../../src/muc/model/room-config.ts";
import { roomConfigSchema } from "../../../src/muc/model/room-config-schema.ts";
import { ROOM_OPTION_LIST, ROOM_OPTIONS } from "../../../src/muc/model/room-options.ts";
import { NS } from "../../../src/xmpp/namespaces.ts";
import { OWNER, openRoom, WITH_PAGES } from "../../support/room-driver.ts";

it("a stored configuration shares equal values with the defaults, and keeps the others", () => {
  const stored = { ...structuredClone(DEFAULT_ROOM_CONFIG), name: "Hall", contacts: ["a@b.example"] };
  const shared = sharingDefaults(stored);
  expect(shared).toEqual(stored);
  expect(shared.presenceBroadcast).toBe(DEFAULT_ROOM_CONFIG.presenceBroadcast);
  expect(sharingDefaults(structuredClone(DEFAULT_ROOM_CONFIG))).toBe(DEFAULT_ROOM_CONFIG);
});

it("a stored password that is too long is not cut, as it would be a different password", () => {
  const config = { ...DEFAULT_ROOM_CONFIG, password: "x".repeat(2_000) };
  expect(boundedConfig(config)).toEqual(config);
});

describe("the options of a room", () => {
  it("have defaults that their schemas accept", () => {
    expect(roomConfigSchema.parse(DEFAULT_ROOM_CONFIG)).toEqual(DEFAULT_ROOM_CONFIG);
    expect(Object.keys(DEFAULT_ROOM_CONFIG)).toEqual(Object.keys(ROOM_OPTIONS));
  });

  it("are fields of the configuration form, in the same order and with their labels (XEP-0045 16.5.3)", () => {
    const driver = openRoom({}, WITH_PAGES);
    const form = driver.owner(OWNER, "", "get")[0]?.getChild("query")?.getChild("x", NS.dataForms);
    const shown = form?.getChildren("field").map(({ attrs }) => [attrs.var, attrs.label]) ?? [];
    const declared = ROOM_OPTION_LIST.flatMap((option) => [
      [option.field, option.label],
      ...("alias" in option ? [[option.alias.field, option.alias.label]] : []),
    ]);
    expect(shown.slice(1, 1 + declared.length)).toEqual(declared);
  });
});
