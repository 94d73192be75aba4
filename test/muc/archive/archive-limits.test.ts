import { describe, expect, it } from "vitest";
import { NS } from "../../../src/xmpp/namespaces.ts";
import { type DriverOptions, errorOf, MEMBER, OWNER, openRoom } from "../../support/room-driver.ts";

const DAY = 86_400_000;

const service = (maxDays: number, maxMessagesPerRoom: number): DriverOptions => ({
  environment: { archive: { maxDays, maxMessagesPerRoom, privateMessages: false, presence: false } },
});

/** Returns the history that a client gets on entry. */
function historyOf(driver: ReturnType<typeof openRoom>): (string | undefined)[] {
  const got = driver.join(MEMBER, "thirdwitch");
  driver.leave(MEMBER, "thirdwitch");
  return got.flatMap((stanza) => stanza.getChild("body")?.getText() ?? []);
}

describe("XEP-0313 3.2 limits of a room's archive", () => {
  it("are set by its owners, never looser than the service's, and the form says how far (XEP-0122)", () => {
    const driver = openRoom({}, service(30, 0));
    for (const refused of [{ "verona#archive_days": "31" }, { "verona#archive_messages": "many" }])
      expect(errorOf(driver.configure(OWNER, refused)[0])).toBe("modify/not-acceptable");
    driver.configure(OWNER, { "verona#archive_days": "30", "verona#archive_messages": "1000" });
    expect(driver.registry.get("coven")?.config).toMatchObject({ archiveDays: 30, archiveMessages: 1000 });
    driver.configure(OWNER, { "verona#archive_days": "0" });
    expect(driver.registry.get("coven")?.config.archiveDays).toBe(0);
    const fields = driver.owner(OWNER, "", "get")[0]?.getChild("query")?.getChild("x")?.getChildren("field");
    const ranges = fields
      ?.filter(({ attrs }) => attrs.var?.startsWith("verona#archive_"))
      .map((el) => el.getChild("validate", NS.dataValidation)?.getChild("range")?.attrs);
    expect(ranges).toEqual([
      { min: "0", max: "30" },
      { min: "0", max: "999999999" },
    ]);
  });

  it.each([
    ["of the room", { "verona#archive_days": "2" }, service(0, 0)],
    ["of the service", {}, service(2, 0)],
    ["of the room, stricter than the service's", { "verona#archive_days": "2" }, service(9, 0)],
  ])("keep older messages out of the history, also after a restart: days %s", (_whose, fields, options) => {
    const driver = openRoom(fields, options);
    driver.say(OWNER, "old");
    driver.now += DAY;
    driver.say(OWNER, "new");
    expect(historyOf(driver)).toEqual(["old", "new"]);
    driver.now += DAY + 1;
    expect(historyOf(driver)).toEqual(["new"]);
    expect(historyOf(driver.restarted())).toEqual(["new"]);
  });

  it("keep the history no longer than the archive, also after a restart", () => {
    const driver = openRoom({ "verona#archive_messages": "2" }, service(0, 3));
    for (const word of ["one", "two", "three"]) driver.say(OWNER, word);
    expect(historyOf(driver)).toEqual(["two", "three"]);
    expect(historyOf(driver.restarted())).toEqual(["two", "three"]);
  });
});
