// The public log of a room (XEP-0045 sections 10.2.1 and 14.3): which rooms have one, since when, and who is told.
import { describe, expect, it } from "vitest";
import { LOGGED_SINCE } from "../../../src/muc/archive/public-log.ts";
import { NS } from "../../../src/xmpp/namespaces.ts";
import {
  brief,
  Driver,
  MEMBER,
  OTHER,
  OWNER,
  openRoom,
  ROOM,
  sentTo,
  WITH_PAGES,
  withMember,
} from "../../support/room-driver.ts";
import { PAGES } from "../../support/room-environment.ts";

const LOGGING = { "muc#roomconfig_enablelogging": "1" };
const PERSISTENT = { "muc#roomconfig_persistentroom": "1" };
const since = (driver: Driver) => driver.registry.get("coven")?.notes.get(LOGGED_SINCE);

/** Returns the values of fields in the information of the room, as a stranger sees it. */
function info(driver: Driver): Record<string, string | undefined> {
  const [reply] = driver.send(
    OTHER,
    `<iq type="get" id="i" to="${ROOM}"><query xmlns="${NS.discoInfo}"/></iq>`,
  );
  const fields = reply?.getChild("query")?.getChild("x", NS.dataForms)?.getChildren("field") ?? [];
  return Object.fromEntries(fields.map((field) => [field.attrs.var, field.getChild("value")?.getText()]));
}

/** Lets a client enter and returns true if it is told that the room is publicly logged. */
function isTold(driver: Driver): boolean {
  const sent = sentTo(driver.join(OTHER, "hecate"), OTHER).map(brief);
  driver.leave(OTHER, "hecate");
  return sent.some((line) => line.includes("170"));
}

describe("XEP-0045 14.3 a publicly logged room", () => {
  it.each([
    ["members-only", { "muc#roomconfig_membersonly": "1" }],
    ["hidden", { "muc#roomconfig_publicroom": "0" }],
    ["without an archive", { "muc#roomconfig_enablearchiving": "0" }],
    ["with a password", { "muc#roomconfig_roomsecret": "cauldron" }],
  ])("ends its log when it becomes %s, with 171, and begins anew afterwards, with 170", (_, fields) => {
    const driver = withMember(LOGGING, WITH_PAGES);
    const first = since(driver);
    expect(first).toBeDefined();
    driver.admin(OWNER, '<item affiliation="member" jid="hag66@shakespeare.example"/>');
    const codes = (values: Record<string, string>) =>
      sentTo(driver.configure(OWNER, values), MEMBER).map(brief)[0];
    expect(codes(fields)).toBe("message groupchat @ > hag66 171,104");
    expect([since(driver), info(driver)["muc#roominfo_logs"]]).toEqual([undefined, undefined]);
    driver.now += 1000;
    const [[name = "", value] = []] = Object.entries(fields);
    expect(codes({ [name]: value === "1" ? "0" : value === "0" ? "1" : "" })).toBe(
      "message groupchat @ > hag66 170,104",
    );
    expect(Number(since(driver))).toBeGreaterThan(Number(first));
    expect(isTold(driver)).toBe(true);
  });

  it("is none where the service has no pages, although its option is on", () => {
    const driver = openRoom({}, { defaults: { publicLogging: true } });
    expect([since(driver), isTold(driver), info(driver)["muc#roominfo_logs"]]).toEqual([
      undefined,
      false,
      undefined,
    ]);
  });

  it("is not one before its creator has configured it", () => {
    const driver = new Driver({ ...WITH_PAGES, defaults: { publicLogging: true } });
    expect(driver.join(OWNER, "firstwitch").map(brief).join()).not.toContain("170");
    expect(since(driver)).toBeUndefined();
    expect(driver.configure(OWNER).map(brief)[0]).toBe("message groupchat @ > crone1 170");
    expect(since(driver)).toBeDefined();
  });

  it("names its log and, as every public room, its web client in its information", () => {
    expect(info(openRoom(LOGGING, WITH_PAGES))).toMatchObject({
      "muc#roominfo_logs": "https://rooms.example/coven",
      "muc#roominfo_webchat_url": "https://web.example/#coven%40chat.example",
    });
    const elsewhere = info(openRoom({ "muc#roominfo_logs": "https://logs.example/" }, WITH_PAGES));
    expect(elsewhere["muc#roominfo_logs"]).toBe("https://logs.example/");
    const hidden = openRoom({ "muc#roomconfig_publicroom": "0" }, WITH_PAGES);
    expect(info(hidden)["muc#roominfo_webchat_url"]).toBeUndefined();
  });

  it("keeps the beginning of its log over other changes and a restart", () => {
    const driver = openRoom({ ...LOGGING, ...PERSISTENT }, WITH_PAGES);
    const first = since(driver);
    driver.now += 1000;
    driver.configure(OWNER, { "muc#roomconfig_roomname": "Cave" });
    const later = driver.restarted();
    later.now += 1000;
    later.written(later.registry.passTime());
    expect(since(later)).toBe(first);
  });

  it("begins its log after the last message, whatever the clock says", () => {
    const driver = openRoom({}, WITH_PAGES);
    driver.now += 5000;
    driver.say(OWNER, "before");
    const at = driver.now;
    driver.setClock(-4000);
    driver.configure(OWNER, LOGGING);
    expect(Number(since(driver))).toBeGreaterThan(at);
  });

  it("tells those inside when the operator switches the pages on or off", () => {
    const environment: { pages: typeof PAGES | undefined } = { pages: PAGES };
    const driver = withMember(LOGGING, { environment });
    const first = since(driver);
    const pass = () => sentTo(driver.written(driver.registry.passTime()), MEMBER).map(brief);
    const turn = (pages: typeof PAGES | undefined) => Object.assign(driver.registry.environment, { pages });
    expect(pass()).toEqual([]);
    turn(undefined);
    expect(isTold(driver)).toBe(false);
    expect([pass(), since(driver)]).toEqual([[], undefined]);
    turn(PAGES);
    driver.now += 1000;
    expect(pass()).toEqual(["message groupchat @ > hag66 170"]);
    expect(Number(since(driver))).toBeGreaterThan(Number(first));
    turn(undefined);
    expect(pass()).toEqual(["message groupchat @ > hag66 171"]);
  });
});
