// Commands of moderators: mute, ban, remove messages, members-only for a time.
import { describe, expect, it } from "vitest";
import { MOST_ANNOUNCED, PURGE_PAGE } from "../../../src/muc/messages/purge.ts";
import { child, type Element } from "../../../src/xmpp/element.ts";
import { NS } from "../../../src/xmpp/namespaces.ts";
import { listedCommands, outcomeOf, runCommand } from "../../support/room-command.ts";
import {
  adminList,
  brief,
  type Driver,
  errorOf,
  MEMBER,
  OTHER,
  OWNER,
  ROOM,
  sentTo,
  withMember,
  withThree,
} from "../../support/room-driver.ts";

const HAG = "hag66@shakespeare.example";
const MINUTE = 60_000;
const PERSISTENT = { "muc#roomconfig_persistentroom": "1" };
const BANS = '<item affiliation="outcast"/>';

const pass = (driver: Driver, milliseconds: number): Element[] => {
  driver.now += milliseconds;
  return driver.written(driver.registry.passTime());
};

const roleOf = (driver: Driver, jid = MEMBER) => driver.registry.get("coven")?.sessions.get(jid)?.role;

const stanzaIdOf = (sent: readonly Element[]): string =>
  String(sent[0] && child(sent[0], "stanza-id", NS.stanzaId)?.attrs.id);
const occupantIdOf = (sent: readonly Element[]): string =>
  String(sent[0] && child(sent[0], "occupant-id", NS.occupantId)?.attrs.id);

/** Returns the payloads of the messages that an owner finds in the archive, from its start. */
function archived(driver: Driver): string[] {
  const found: string[] = [];
  for (let after = ""; ; ) {
    const set = `<set xmlns="${NS.rsm}"><max>100</max>${after && `<after>${after}</after>`}</set>`;
    const sent = driver.send(
      OWNER,
      `<iq type="set" id="m" to="${ROOM}"><query xmlns="${NS.mam}">${set}</query></iq>`,
    );
    const results = sent.flatMap((stanza) => stanza.getChild("result") ?? []);
    for (const result of results) {
      const message = result.getChild("forwarded")?.getChild("message");
      found.push(message?.getChild("body")?.getText() ?? message?.getChildElements()[0]?.getName() ?? "");
    }
    const last = results.at(-1)?.attrs.id;
    if (last === undefined) return found;
    after = last;
  }
}

/** Returns the stanza-ids of the retractions in stanzas. */
const retractedBy = (sent: readonly Element[]): string[] =>
  sent.flatMap((stanza) => child(stanza, "retract", NS.retract)?.attrs.id ?? []);

describe("the commands of moderators", () => {
  it("are listed only to those who may run them", () => {
    const driver = withThree();
    driver.admin(OWNER, '<item nick="hecate" role="moderator"/>');
    const own = (from: string) => listedCommands(driver, from).filter((node) => node.startsWith("verona#"));
    expect(own(MEMBER)).toEqual([]);
    const moderators = ["reports", "close-report", "held", "decide-held", "mute", "unmute"];
    const measures = ["remove-messages", "silence", "unsilence"];
    const named = (...nodes: string[]) => nodes.map((node) => `verona#${node}`);
    expect(own(OTHER)).toEqual(named(...moderators, ...measures));
    expect(own(OWNER)).toEqual(
      named(...moderators, "ban", ...measures, "lock-down", "members-only", "acts", "acts-page"),
    );
    for (const node of ["mute", "unmute", "ban", "remove-messages", "members-only"])
      expect(outcomeOf(runCommand(driver, MEMBER, node, { who: "hecate" }))).toBe("cancel/forbidden");
  });
});

describe("mute and unmute", () => {
  it("by nickname or address, for the minutes of the form", () => {
    for (const who of ["thirdwitch", HAG]) {
      const driver = withMember();
      const sent = runCommand(driver, OWNER, "mute", { who, minutes: "10", reason: "Too loud" });
      expect(outcomeOf(sent)).toBe("completed");
      const item = sentTo(sent, MEMBER)[0]?.getChild("x")?.getChild("item");
      expect(item?.getChild("reason")?.getText()).toBe("Too loud (until 2026-01-01 00:10 UTC)");
      expect(item?.getChild("actor")?.attrs.nick).toBe("firstwitch");
      pass(driver, 10 * MINUTE - 1);
      expect(roleOf(driver)).toBe("visitor");
      pass(driver, 1);
      expect(roleOf(driver)).toBe("participant");
    }
  });

  it("refuse a duration out of 1 minute to a year, and who is no user", () => {
    const driver = withMember();
    for (const minutes of ["0", "525601", "1.5", "forever", ""])
      expect(outcomeOf(runCommand(driver, OWNER, "mute", { who: "thirdwitch", minutes }))).toBe(
        "modify/bad-request",
      );
    for (const who of ["nobody", `nobody@${ROOM.split("@")[1]}`])
      expect(outcomeOf(runCommand(driver, OWNER, "mute", { who, minutes: "1" }))).toBe(
        "cancel/item-not-found",
      );
    expect(outcomeOf(runCommand(driver, OWNER, "mute", { who: "thirdwitch", minutes: "525600" }))).toBe(
      "completed",
    );
  });

  it("unmute offers the muted accounts, and gives voice back", () => {
    const driver = withMember();
    runCommand(driver, OWNER, "mute", { who: "thirdwitch", minutes: "10" });
    const form = runCommand(driver, OWNER, "unmute")[0]?.getChild("command")?.getChild("x");
    const who = form?.getChildren("field").find((field) => field.attrs.var === "who");
    expect(who?.getChildren("option").map((option) => option.getChild("value")?.getText())).toEqual([HAG]);
    expect(outcomeOf(runCommand(driver, OWNER, "unmute", { who: HAG }))).toBe("completed");
    expect(roleOf(driver)).toBe("participant");
    expect(outcomeOf(runCommand(driver, OWNER, "unmute", { who: HAG }))).toBe("cancel/item-not-found");
  });
});

describe("ban", () => {
  it("for a time: the reason says until when, and the ban ends by itself", () => {
    const driver = withMember();
    const sent = runCommand(driver, OWNER, "ban", { who: "thirdwitch", minutes: "60" });
    expect(sentTo(sent, MEMBER).map(brief)).toEqual([
      "presence unavailable thirdwitch > hag66 outcast/none jid 301,110",
    ]);
    const reason = sentTo(sent, MEMBER)[0]?.getChild("x")?.getChild("item")?.getChild("reason")?.getText();
    expect(reason).toBe("(until 2026-01-01 01:00 UTC)");
    pass(driver, 60 * MINUTE - 1);
    expect(adminList(driver, OWNER, BANS)).toHaveLength(1);
    pass(driver, 1);
    expect(adminList(driver, OWNER, BANS)).toEqual([]);
  });

  it("without a duration does not end", () => {
    const driver = withMember();
    runCommand(driver, OWNER, "ban", { who: "thirdwitch" });
    pass(driver, 525_600 * MINUTE);
    expect(adminList(driver, OWNER, BANS)).toHaveLength(1);
  });

  it.each(["stanza-id", "occupant-id"])("finds who has left by %s, also after a restart", (name) => {
    for (const isRestarted of [false, true]) {
      const driver = withMember(PERSISTENT);
      const said = driver.say(MEMBER, "Buy!");
      driver.leave(MEMBER, "thirdwitch");
      const now = isRestarted ? driver.restarted() : driver;
      const id = name === "stanza-id" ? stanzaIdOf(said) : occupantIdOf(said);
      expect(outcomeOf(runCommand(now, OWNER, "ban", { [name]: id }))).toBe("completed");
      expect(adminList(now, OWNER, BANS)).toEqual([{ affiliation: "outcast", jid: HAG }]);
    }
  });

  it("finds a message that only the archive has, and says where it finds nobody", () => {
    const driver = withMember(PERSISTENT);
    const said = driver.say(MEMBER, "Buy!");
    for (let i = 0; i < 501; i++) driver.say(OWNER, "talk");
    expect(outcomeOf(runCommand(driver, OWNER, "ban", { "stanza-id": stanzaIdOf(said) }))).toBe("completed");
    expect(adminList(driver, OWNER, BANS)).toHaveLength(1);
    for (const name of ["stanza-id", "occupant-id"])
      expect(outcomeOf(runCommand(driver, OWNER, "ban", { [name]: "none" }))).toBe("cancel/item-not-found");
  });

  it("is refused against owners, oneself and by who is no admin, as in XEP-0045 9.1", () => {
    const driver = withThree();
    driver.admin(OWNER, '<item jid="hecate@shakespeare.example" affiliation="admin"/>');
    expect(outcomeOf(runCommand(driver, OTHER, "ban", { who: "firstwitch" }))).toBe("cancel/not-allowed");
    expect(outcomeOf(runCommand(driver, OTHER, "ban", { who: "hecate" }))).toBe("cancel/conflict");
    expect(outcomeOf(runCommand(driver, OTHER, "ban", { who: "thirdwitch" }))).toBe("completed");
  });
});

describe("the removal of a user's messages", () => {
  it("retracts what clients have, newest first up to a limit, and all in the archive", () => {
    const driver = withThree(PERSISTENT);
    const count = MOST_ANNOUNCED + PURGE_PAGE + 1;
    const ids: string[] = [];
    for (let i = 0; i < count; i++) ids.push(stanzaIdOf(driver.say(MEMBER, "Buy!")));
    driver.say(OTHER, "Hail");
    const sent = runCommand(driver, OWNER, "ban", { who: "thirdwitch", messages: "all", reason: "Spam" });
    expect(retractedBy(sentTo(sent, OTHER))).toEqual(ids.slice(-MOST_ANNOUNCED));
    const kept = archived(driver);
    expect(kept.filter((content) => content === "Buy!")).toEqual([]);
    expect(kept.filter((content) => content === "retracted")).toHaveLength(count);
    expect(kept).toContain("Hail");
    expect(driver.registry.get("coven")?.notes.has("purges")).toBe(false);
    // The history that new occupants get has none either.
    const entered = driver.join("bard@shakespeare.example/globe", "bard");
    expect(entered.map((stanza) => stanza.getChild("body")?.getText()).filter(Boolean)).toEqual(["Hail"]);
  });

  it("leaves what is older than its span", () => {
    const driver = withThree(PERSISTENT);
    driver.say(MEMBER, "old");
    driver.now += 60 * MINUTE;
    const border = stanzaIdOf(driver.say(MEMBER, "border"));
    driver.now += 60 * MINUTE;
    const sent = runCommand(driver, OWNER, "remove-messages", { who: "thirdwitch", messages: "hour" });
    expect(retractedBy(sentTo(sent, OTHER))).toEqual([border]);
    expect(archived(driver).slice(0, 2)).toEqual(["old", "retracted"]);
  });

  it("goes on after a restart", () => {
    const driver = withMember(PERSISTENT);
    for (let i = 0; i < PURGE_PAGE + 1; i++) driver.say(MEMBER, "Buy!");
    // Those are not in memory any more.
    for (let i = 0; i < 500; i++) driver.say(OWNER, "talk");
    const fields =
      '<field var="who"><value>thirdwitch</value></field><field var="messages"><value>all</value></field>';
    const form = `<x xmlns="${NS.dataForms}" type="submit"><field var="FORM_TYPE"><value>verona#moderation</value></field>${fields}</x>`;
    const effects = driver.routed(
      OWNER,
      `<iq type="set" id="c" to="${ROOM}"><command xmlns="${NS.commands}" node="verona#remove-messages">${form}</command></iq>`,
    );
    // The process ends after the commit, before the store is read.
    for (const { outputs } of effects.roomOutputs) outputs.length = 0;
    driver.written(effects);
    const restarted = driver.restarted();
    expect(archived(restarted)).toContain("Buy!");
    pass(restarted, 10_000);
    expect(archived(restarted)).not.toContain("Buy!");
  });

  it("is refused where the user's voice could not be revoked", () => {
    const driver = withThree();
    driver.admin(OWNER, '<item nick="hecate" role="moderator"/>');
    driver.say(OWNER, "Hail");
    expect(
      outcomeOf(runCommand(driver, OTHER, "remove-messages", { who: "firstwitch", messages: "all" })),
    ).toBe("cancel/not-allowed");
  });
});

describe("members-only for a time", () => {
  it("removes strangers (322), and opens the room at its time, also after a restart", () => {
    const driver = withMember(PERSISTENT);
    const sent = runCommand(driver, OWNER, "members-only", { minutes: "60" });
    expect(sentTo(sent, MEMBER).map(brief).at(-1)).toBe(
      "presence unavailable thirdwitch > hag66 none/none jid 322,110",
    );
    expect(errorOf(driver.join(MEMBER, "thirdwitch")[0])).toBe("auth/registration-required");
    const restarted = driver.restarted();
    pass(restarted, 60 * MINUTE - 1);
    expect(restarted.registry.get("coven")?.config.membersOnly).toBe(true);
    pass(restarted, 1);
    expect(restarted.registry.get("coven")?.config.membersOnly).toBe(false);
  });

  it("does not open a room that an owner has closed, and is over when an owner opens it", () => {
    const closed = withMember({ "muc#roomconfig_membersonly": "1" });
    expect(outcomeOf(runCommand(closed, OWNER, "members-only", { minutes: "1" }))).toBe("cancel/conflict");
    const driver = withMember();
    runCommand(driver, OWNER, "members-only", { minutes: "60" });
    driver.configure(OWNER, { "muc#roomconfig_membersonly": "0" });
    pass(driver, 1);
    driver.configure(OWNER, { "muc#roomconfig_membersonly": "1" });
    pass(driver, 60 * MINUTE);
    expect(driver.registry.get("coven")?.config.membersOnly).toBe(true);
  });
});

describe("a room that does not name moderators", () => {
  it("hides the actor of kicks, bans, mutes and retractions", () => {
    for (const named of ["0", "1"]) {
      const driver = withThree({ "verona#name_moderators": named });
      const said = stanzaIdOf(driver.say(MEMBER, "Buy!"));
      const moderate = `<moderate xmlns="${NS.moderate}" id="${said}"><retract xmlns="${NS.retract}"/></moderate>`;
      const sent = [
        ...driver.send(OWNER, `<iq type="set" id="m" to="${ROOM}">${moderate}</iq>`),
        ...runCommand(driver, OWNER, "mute", { who: "thirdwitch", minutes: "1" }),
        ...driver.admin(OWNER, '<item nick="hecate" role="none"/>'),
        ...runCommand(driver, OWNER, "ban", { who: "thirdwitch" }),
      ];
      const naming = sent.map(String).filter((stanza) => /<actor|by="[^"]*\/firstwitch"/.test(stanza));
      expect(naming.length > 0).toBe(named === "1");
    }
  });
});
