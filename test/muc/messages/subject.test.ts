import { describe, expect, it } from "vitest";
import { MAX_BYTES } from "../../../src/muc/model/size-limits.ts";
import { child } from "../../../src/xmpp/element.ts";
import { NS } from "../../../src/xmpp/namespaces.ts";
import { type Driver, errorOf, OTHER, OWNER, openRoom, ROOM, sentTo } from "../../support/room-driver.ts";

const say = (driver: Driver, content: string) =>
  driver.send(OWNER, `<message type="groupchat" to="${ROOM}">${content}</message>`);

const messagesFor = (driver: Driver) =>
  sentTo(driver.join(OTHER, "hecate"), OTHER).filter((stanza) => stanza.is("message"));

describe("XEP-0045 7.2.13, 7.2.15 and 8.1 the subject", () => {
  it("a subject with a thread is a message (8.1)", () => {
    const driver = openRoom();
    expect(say(driver, "<subject>Spells</subject><thread>t</thread>")).toHaveLength(1);
    expect(messagesFor(driver).at(-1)?.getChild("subject")?.getText()).toBe("");
  });

  it("cannot be changed without permission by a message whose body the room does not pass on (8.1)", () => {
    const driver = openRoom();
    driver.join(OTHER, "hecate");
    const body = `<body><moderated xmlns="${NS.moderate}"/></body>`;
    const message = `<message type="groupchat" to="${ROOM}"><subject>mine</subject>${body}</message>`;
    const [reply, ...others] = driver.send(OTHER, message);
    expect([errorOf(reply), others]).toEqual(["auth/forbidden", []]);
    expect(driver.send(OWNER, message)).toHaveLength(2);
    expect(driver.registry.get("coven")?.subject?.text).toBe("mine");
  });

  it("has a maximum size that includes its language: policy-violation (8.1)", () => {
    const change = (language: string) =>
      openRoom().send(
        OWNER,
        `<message type="groupchat" to="${ROOM}" xml:lang="${language}"><subject>Spells</subject></message>`,
      );
    expect(change("en").map(errorOf)).toEqual([undefined]);
    expect(change("x".repeat(MAX_BYTES.subject)).map(errorOf)).toEqual(["modify/policy-violation"]);
  });

  it("changes are not part of the history (7.2.13)", () => {
    const driver = openRoom();
    for (const text of ["Spells", "Charms"]) say(driver, `<subject>${text}</subject>`);
    const subjects = messagesFor(driver).map((stanza) => stanza.getChild("subject")?.getText());
    expect(subjects).toEqual(["Charms"]);
  });

  it("a room that never had one sends an empty subject without a time (7.2.15)", () => {
    const [message] = messagesFor(openRoom());
    expect(message?.getChild("subject")?.getText()).toBe("");
    expect(message && child(message, "delay", NS.delay)).toBeUndefined();
  });

  it("a forged delay of the room is removed, those of others are kept (7.9, 14.7)", () => {
    const delay = (from: string) =>
      `<delay xmlns="${NS.delay}" from="${from}" stamp="2004-09-29T01:54:37Z"/>`;
    const [live] = say(openRoom(), `<body>x</body>${delay(ROOM)}${delay(OTHER)}`);
    expect(live?.getChildren("delay").map((element) => element.attrs.from)).toEqual([OTHER]);
  });
});
