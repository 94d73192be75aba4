// Records of acts: which acts are recorded, and who may read the records (XEP-0050).
import { describe, expect, it } from "vitest";
import type { ActRecord } from "../../../src/muc/model/act.ts";
import type { Element } from "../../../src/xmpp/element.ts";
import { NS } from "../../../src/xmpp/namespaces.ts";
import { listedCommands, outcomeOf, runCommand } from "../../support/room-command.ts";
import {
  type Driver,
  MEMBER,
  OTHER,
  OWNER,
  openRoom,
  ROOM,
  withMember,
  withThree,
} from "../../support/room-driver.ts";

const ADMIN = "abbess@shakespeare.example/cell";
const SERVICE = "chat.example";
const [OWNER_ACCOUNT, MEMBER_ACCOUNT] = [OWNER, MEMBER].map((jid) => jid.split("/")[0]);

function show(driver: Driver, from: string, to: string, fields: Record<string, string> = {}): Element[] {
  const [node, type] =
    to === SERVICE ? ["verona#list-acts", "verona#admin"] : ["verona#acts-page", "verona#acts"];
  const written = Object.entries({ FORM_TYPE: type, ...fields }).map(
    ([name, value]) => `<field var="${name}"><value>${value}</value></field>`,
  );
  const form = `<x xmlns="${NS.dataForms}" type="submit">${written.join("")}</x>`;
  const command = `<command xmlns="${NS.commands}" node="${node}">${form}</command>`;
  return driver.send(from, `<iq type="set" id="c" to="${to}">${command}</iq>`);
}

/** Returns the values of one column of the table. */
function column(stanzas: readonly Element[], name: string): (string | undefined)[] {
  const form = stanzas
    .find((stanza) => stanza.getName() === "iq")
    ?.getChild("command")
    ?.getChild("x");
  return (form?.getChildren("item") ?? []).map((item) =>
    item
      .getChildren("field")
      .find(({ attrs }) => attrs.var === name)
      ?.getChild("value")
      ?.getText(),
  );
}

const recorded = ({ journal }: Driver): ActRecord[] =>
  journal.flatMap((entry) => (entry.kind === "act-recorded" ? entry.act : []));

describe("an act is recorded with who did it, to whom and why", () => {
  it.each<[what: string, act: (driver: Driver) => unknown, record: Partial<ActRecord>]>([
    [
      "a kick (8.2)",
      (driver) => driver.admin(OWNER, '<item nick="thirdwitch" role="none"><reason>flood</reason></item>'),
      { kind: "kicked", target: MEMBER_ACCOUNT, reason: "flood" },
    ],
    [
      "a voice taken away (8.4)",
      (driver) => driver.admin(OWNER, '<item nick="thirdwitch" role="visitor"/>'),
      { kind: "role-changed", target: MEMBER_ACCOUNT, detail: "visitor" },
    ],
    [
      "a ban (9.1)",
      (driver) => driver.admin(OWNER, `<item jid="${MEMBER_ACCOUNT}" affiliation="outcast"/>`),
      { kind: "banned", target: MEMBER_ACCOUNT, detail: "none to outcast" },
    ],
    [
      "a reserved nickname",
      (driver) => driver.admin(OWNER, `<item jid="${MEMBER_ACCOUNT}" affiliation="member" nick="hag"/>`),
      { kind: "affiliation-changed", target: MEMBER_ACCOUNT, detail: "none to member, nickname hag" },
    ],
    [
      "a configuration (10.2), without its values",
      (driver) => driver.configure(OWNER, { "muc#roomconfig_roomsecret": "hush" }),
      { kind: "room-configured", detail: "passwordProtected, password" },
    ],
    [
      "a destruction (10.9)",
      (driver) => driver.owner(OWNER, `<destroy jid="cave@${SERVICE}"><reason>late</reason></destroy>`),
      { kind: "room-destroyed", target: `cave@${SERVICE}`, reason: "late" },
    ],
  ])("%s", (_what, act, record) => {
    const driver = withMember();
    driver.journal.length = 0;
    act(driver);
    expect(recorded(driver)).toMatchObject([{ ...record, by: OWNER_ACCOUNT, at: driver.now }]);
  });

  it("a room (10.1), if its creator may enter it", () => {
    expect(recorded(openRoom())[0]).toMatchObject({ kind: "room-created", by: OWNER_ACCOUNT });
    const refused = openRoom({}, { limits: { nicknameLength: 3 } });
    expect(recorded(refused)).toEqual([]);
  });

  it("nothing that people say, and no refused act", () => {
    const driver = withThree();
    driver.journal.length = 0;
    driver.say(MEMBER, "hush");
    driver.admin(MEMBER, '<item nick="hecate" role="none"/>');
    expect(recorded(driver)).toEqual([]);
  });
});

describe("the records of acts", () => {
  it("are shown to owners, the newest first, in pages", () => {
    const driver = withMember();
    driver.admin(OWNER, '<item nick="thirdwitch" role="visitor"/>');
    const all = runCommand(driver, OWNER, "acts");
    expect(column(all, "verona#act")).toEqual(["role-changed", "room-configured", "room-created"]);
    expect(column(all, "verona#time")[0]).toBe(new Date(driver.now).toISOString());
    const first = show(driver, OWNER, ROOM, { "verona#max_items": "1" });
    expect(column(first, "verona#act")).toEqual(["role-changed"]);
    expect(String(first)).toContain("older records follow");
    const [before = ""] = column(first, "verona#number");
    const rest = show(driver, OWNER, ROOM, { "verona#before": before });
    expect(column(rest, "verona#act")).toEqual(["room-configured", "room-created"]);
    expect(String(rest)).toContain("no older records follow");
  });

  it("are neither shown nor offered to anybody else in the room", () => {
    const driver = withThree();
    driver.admin(OWNER, `<item jid="${MEMBER_ACCOUNT}" affiliation="admin"/>`);
    for (const from of [MEMBER, OTHER]) {
      expect(outcomeOf(show(driver, from, ROOM))).toBe("cancel/forbidden");
      expect(outcomeOf(runCommand(driver, from, "acts"))).toBe("cancel/forbidden");
      expect(listedCommands(driver, from).join()).not.toContain("verona#acts");
    }
    expect(listedCommands(driver, OWNER)).toEqual(
      expect.arrayContaining(["verona#acts", "verona#acts-page"]),
    );
  });

  it("of an earlier room of the same name are not shown to the owners of the next one", () => {
    const driver = openRoom();
    driver.owner(OWNER, "<destroy/>");
    driver.join(MEMBER, "thirdwitch");
    driver.configure(MEMBER);
    expect(column(show(driver, MEMBER, ROOM), "verona#act")).toEqual(["room-configured", "room-created"]);
  });

  it("of all rooms, also of those that are no more, are shown to administrators of the service", () => {
    const driver = openRoom({}, { admins: ["abbess@shakespeare.example"] });
    driver.owner(OWNER, "<destroy/>");
    driver.join(OWNER, "firstwitch", "", `cave@${SERVICE}`);
    const acts = (fields = {}) => column(show(driver, ADMIN, SERVICE, fields), "verona#act");
    expect(acts()).toEqual(["room-created", "room-destroyed", "room-configured", "room-created"]);
    expect(acts({ "verona#of_room": ROOM })).toEqual(["room-destroyed", "room-configured", "room-created"]);
    expect(column(show(driver, ADMIN, SERVICE), "verona#room")[0]).toBe(`cave@${SERVICE}`);
    expect(outcomeOf(show(driver, OWNER, SERVICE))).toBe("cancel/forbidden");
  });

  it.each([
    { "verona#before": "x" },
    { "verona#max_items": "0" },
    { "verona#of_room": "a@elsewhere.example" },
  ])("are refused for %j (XEP-0050 4.4 bad-payload)", (fields) => {
    const driver = openRoom({}, { admins: ["abbess@shakespeare.example"] });
    expect(outcomeOf(show(driver, ADMIN, SERVICE, fields))).toBe("modify/bad-request");
  });
});
