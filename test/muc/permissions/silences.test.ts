// Silence without telling: only the silenced user hears what it says.
import { describe, expect, it } from "vitest";
import { child, type Element } from "../../../src/xmpp/element.ts";
import { NS } from "../../../src/xmpp/namespaces.ts";
import { listedCommands, outcomeOf, runCommand } from "../../support/room-command.ts";
import {
  brief,
  type Driver,
  type DriverOptions,
  errorOf,
  MEMBER,
  OTHER,
  OWNER,
  ROOM,
  withThree,
} from "../../support/room-driver.ts";

const HAG = "hag66@shakespeare.example";
const MINUTE = 60_000;
const PHONE = `${HAG}/phone`;

function silenced(fields = {}, options: DriverOptions = {}): Driver {
  const driver = withThree({ "muc#roomconfig_persistentroom": "1", ...fields }, options);
  driver.join(PHONE, "thirdwitch");
  expect(runCommand(driver, OWNER, "silence", { who: "thirdwitch" }).map((each) => each.attrs.to)).toEqual([
    OWNER,
  ]);
  return driver;
}

const recipients = (sent: readonly Element[]): string[] =>
  sent.map((stanza) => String(stanza.attrs.to)).toSorted();

const archiveOf = (driver: Driver): Element[] =>
  driver
    .send(OWNER, `<iq type="set" id="m" to="${ROOM}"><query xmlns="${NS.mam}"/></iq>`)
    .filter((stanza) => stanza.getChild("result"));

const chat = (to: string) => `<message id="p" type="chat" to="${ROOM}/${to}"><body>Psst</body></message>`;

describe("what a silenced user says", () => {
  it("comes back to all of the user's clients as always, and to nobody else, nor into the archive", () => {
    const open = withThree();
    const [usual] = open.say(MEMBER, "Hail");
    const driver = silenced();
    const before = archiveOf(driver).length;
    const sent = driver.say(MEMBER, "Hail");
    expect(recipients(sent)).toEqual([MEMBER, PHONE].toSorted());
    const shape = (stanza: Element | undefined) =>
      stanza?.toString().replace(/id-\d+|to="[^"]*"|occupant-id.*?\/>/g, "");
    expect(shape(sent[0])).toBe(shape(usual));
    expect(sent[0] && child(sent[0], "stanza-id", NS.stanzaId)).toBeDefined();
    expect(archiveOf(driver)).toHaveLength(before);
    const entered = driver.join("bard@shakespeare.example/globe", "bard");
    expect(entered.filter((stanza) => stanza.getChild("body"))).toEqual([]);
  });

  it("does not change the subject of the room", () => {
    const driver = silenced({ "muc#roomconfig_changesubject": "1" });
    const subject = `<message type="groupchat" id="s" to="${ROOM}"><subject>Buy!</subject></message>`;
    expect(recipients(driver.send(MEMBER, subject))).toEqual([MEMBER, PHONE].toSorted());
    expect(driver.registry.get("coven")?.subject).toBeUndefined();
  });

  it("in private goes nowhere, without an error, but reaches the user's own clients", () => {
    const driver = silenced();
    expect(driver.send(MEMBER, chat("hecate"))).toEqual([]);
    expect(recipients(driver.send(MEMBER, chat("thirdwitch")))).toEqual([MEMBER, PHONE].toSorted());
    expect(driver.send(MEMBER, chat("nobody")).map(errorOf)).toEqual(["cancel/item-not-found"]);
    // The others still reach the user.
    expect(driver.send(OTHER, chat("thirdwitch"))).toHaveLength(2);
  });

  it("invites nobody, though the invitation is counted", () => {
    const driver = silenced({}, { limits: { invitationsPerHour: 1 } });
    const invite = `<message to="${ROOM}"><x xmlns="${NS.mucUser}"><invite to="a@b.example"/></x></message>`;
    expect(driver.send(MEMBER, invite)).toEqual([]);
    expect(driver.send(MEMBER, invite).map(errorOf)).toEqual(["wait/resource-constraint"]);
  });

  it("as a request for voice or a decline goes nowhere, without an error", () => {
    const driver = silenced({ "muc#roomconfig_moderatedroom": "1" });
    const field = (name: string, value: string) => `<field var="${name}"><value>${value}</value></field>`;
    const form = field("FORM_TYPE", NS.mucRequest) + field("muc#role", "participant");
    const voice = `<message to="${ROOM}"><x xmlns="${NS.dataForms}" type="submit">${form}</x></message>`;
    expect(driver.send(MEMBER, voice)).toEqual([]);
    const x = (content: string) => `<message to="${ROOM}"><x xmlns="${NS.mucUser}">${content}</x></message>`;
    driver.send(OTHER, x(`<invite to="${HAG}"/>`));
    expect(driver.send(MEMBER, x(`<decline to="${ROOM}/hecate"><reason>Buy!</reason></decline>`))).toEqual(
      [],
    );
  });

  it("stays unheard after a restart and under another nickname, until the time is over", () => {
    const driver = withThree({ "muc#roomconfig_persistentroom": "1" });
    runCommand(driver, OWNER, "silence", { who: HAG, minutes: "10" });
    const restarted = driver.restarted();
    restarted.leave(MEMBER, "thirdwitch");
    restarted.join(MEMBER, "hag");
    restarted.now += 10 * MINUTE - 1;
    expect(recipients(restarted.say(MEMBER, "Hail"))).toEqual([MEMBER]);
    restarted.now += 1;
    expect(recipients(restarted.say(MEMBER, "Hail"))).toHaveLength(3);
  });

  it("is heard again when a moderator says so, and when the user becomes a moderator", () => {
    for (const end of [
      (driver: Driver) => runCommand(driver, OWNER, "unsilence", { who: HAG }),
      (driver: Driver) => driver.admin(OWNER, '<item nick="thirdwitch" role="moderator"/>'),
      (driver: Driver) => driver.admin(OWNER, `<item jid="${HAG}" affiliation="admin"/>`),
    ]) {
      const driver = silenced();
      end(driver);
      expect(recipients(driver.say(MEMBER, "Hail"))).toHaveLength(4);
    }
  });
});

describe("nobody learns of a silence", () => {
  it("who is silenced: no stanza, no command, and the same errors", () => {
    const driver = silenced();
    expect(listedCommands(driver, MEMBER).filter((node) => node.startsWith("verona#"))).toEqual([]);
    expect(driver.send(MEMBER, `<presence to="${ROOM}/thirdwitch"/>`).map(brief)[0]).toBe(
      "presence thirdwitch > crone1 none/participant jid",
    );
  });

  it("who is a moderator cannot be silenced, as the list of commands shows it", () => {
    const driver = withThree();
    driver.admin(OWNER, '<item nick="hecate" role="moderator"/>');
    expect(outcomeOf(runCommand(driver, OWNER, "silence", { who: "hecate" }))).toBe("cancel/not-allowed");
    expect(outcomeOf(runCommand(driver, OTHER, "silence", { who: "firstwitch" }))).toBe("cancel/not-allowed");
  });
});
