import { describe, expect, it } from "vitest";
import { child, type Element } from "../../../src/xmpp/element.ts";
import { NS } from "../../../src/xmpp/namespaces.ts";
import { MEMBER, OTHER, OWNER, openRoom, ROOM, sentTo } from "../../support/room-driver.ts";

const idOf = (stanza: Element | undefined): string | undefined =>
  stanza && child(stanza, "occupant-id", NS.occupantId)?.attrs.id;

describe("XEP-0421 3 occupant identifiers", () => {
  it("are in presence, messages and private messages, the same under every nickname and after a return", () => {
    const driver = openRoom();
    const [toOwner] = sentTo(driver.join(MEMBER, "thirdwitch"), OWNER);
    const id = idOf(toOwner);
    expect(id).toMatch(/^.{16,}$/);
    expect(id).not.toContain("hag66");
    expect(idOf(sentTo(driver.say(MEMBER, "hail"), OWNER)[0])).toBe(id);
    const whisper = `<message type="chat" to="${ROOM}/firstwitch"><body>psst</body></message>`;
    expect(idOf(driver.send(MEMBER, whisper)[0])).toBe(id);
    expect(idOf(sentTo(driver.leave(MEMBER, "thirdwitch"), OWNER)[0])).toBe(id);
    expect(idOf(sentTo(driver.join(`${MEMBER}2`, "hag"), OWNER)[0])).toBe(id);
  });

  it("differ between users and between rooms", () => {
    const driver = openRoom();
    const member = idOf(driver.join(MEMBER, "thirdwitch").at(-2));
    expect(idOf(driver.join(OTHER, "hecate").at(-2))).not.toBe(member);
    const elsewhere = "heath@chat.example";
    expect(idOf(sentTo(driver.join(MEMBER, "thirdwitch", "", elsewhere), MEMBER)[0])).not.toBe(member);
  });

  it("have at most 128 characters, however long the address is (section 4.1)", () => {
    const longest = `${"h".repeat(1023)}@${"s.".repeat(120)}example/pda`;
    const [shown] = sentTo(openRoom().join(longest, "thirdwitch"), OWNER);
    expect(idOf(shown)).toMatch(/^.{16,128}$/);
  });

  it("are the same after a restart", () => {
    const driver = openRoom({ "muc#roomconfig_persistentroom": "1" });
    const before = idOf(driver.say(OWNER, "hail")[0]);
    const record = driver.registry.get("coven")?.record();
    const restarted = openRoom({}, { records: record ? [record] : [] });
    expect(idOf(restarted.say(OWNER, "hail")[0])).toBe(before);
    expect(driver.journal).toContainEqual(
      expect.objectContaining({
        kind: "room-stored",
        room: expect.objectContaining({ notes: record?.notes }),
      }),
    );
  });

  it("cannot be forged: those of a client are removed (section 4)", () => {
    const driver = openRoom();
    const forged = `<occupant-id xmlns="${NS.occupantId}" id="forged"/>`;
    const stanzas = [
      ...driver.send(OWNER, `<message type="groupchat" to="${ROOM}"><body>hail</body>${forged}</message>`),
      ...driver.send(OWNER, `<presence to="${ROOM}/firstwitch">${forged}</presence>`),
    ];
    for (const stanza of stanzas) {
      const ids = stanza.getChildren("occupant-id").map((el) => el.attrs.id);
      expect(ids).toEqual([expect.not.stringContaining("forged")]);
    }
  });
});

describe("XEP-0045 7.2.4 semi-anonymous rooms", () => {
  it("drop a stanza-id or delay by the sender's own account or server, and relay those by others", () => {
    const driver = openRoom();
    driver.join(OTHER, "hecate");
    driver.join(MEMBER, "thirdwitch");
    const marks = ["hag66@shakespeare.example", MEMBER, "shakespeare.example", "archive.example"]
      .map(
        (jid) =>
          `<stanza-id xmlns="urn:xmpp:sid:0" id="1" by="${jid}"/><delay xmlns="urn:xmpp:delay" from="${jid}"/>`,
      )
      .join("");
    const sent = [
      ...driver.send(MEMBER, `<message type="groupchat" to="${ROOM}"><body>hail</body>${marks}</message>`),
      ...driver.send(MEMBER, `<message type="chat" to="${ROOM}/hecate"><body>psst</body>${marks}</message>`),
      ...driver.send(MEMBER, `<presence to="${ROOM}/thirdwitch">${marks}</presence>`),
    ];
    const toOther = sentTo(sent, OTHER);
    expect(toOther).toHaveLength(3);
    for (const stanza of toOther) {
      expect(stanza.toString()).not.toMatch(/hag66|"shakespeare/);
      expect(stanza.toString()).toContain("archive.example");
    }
  });
});
