import { describe, expect, test } from "vitest";
import { isRefusedInCongestion } from "../../../src/muc/service/congestion.ts";
import { parse } from "../../../src/xmpp/element.ts";
import { NS } from "../../../src/xmpp/namespaces.ts";
import { readStanza } from "../../../src/xmpp/stanza.ts";
import { MEMBER, OTHER, openRoom, ROOM } from "../../support/room-driver.ts";

const MUC = `<x xmlns="${NS.muc}"/>`;

/** Returns true if a busy room with MEMBER in it refuses the stanza. */
function isRefused(from: string, xml: string, shedding: "joins" | "all" = "all"): boolean {
  const driver = openRoom();
  driver.join(MEMBER, "thirdwitch");
  const element = parse(xml.replace(" ", ` from="${from}" `));
  const stanza = readStanza(element);
  if (!stanza) throw new Error("no stanza");
  return isRefusedInCongestion(driver.registry.get("coven"), stanza, shedding);
}

describe("RFC 6120 8.3.3.18: a congested room", () => {
  test.each([
    ["a groupchat message", MEMBER, `<message to="${ROOM}" type="groupchat"><body>x</body></message>`],
    ["a new subject", MEMBER, `<message to="${ROOM}" type="groupchat"><subject>x</subject></message>`],
    ["a private message", MEMBER, `<message to="${ROOM}/crone" type="chat"><body>x</body></message>`],
    ["a join", OTHER, `<presence to="${ROOM}/hecate">${MUC}</presence>`],
    ["a second join of an occupant", MEMBER, `<presence to="${ROOM}/thirdwitch">${MUC}</presence>`],
    ["a query of the archive", MEMBER, `<iq to="${ROOM}" type="set" id="1"><query xmlns="${NS.mam}"/></iq>`],
  ])("refuses %s", (_, from, xml) => expect(isRefused(from, xml)).toBe(true));

  test.each([
    ["a departure", MEMBER, `<presence to="${ROOM}/thirdwitch" type="unavailable"/>`],
    [
      "an occupant's change of status",
      MEMBER,
      `<presence to="${ROOM}/thirdwitch"><show>away</show></presence>`,
    ],
    ["an error", MEMBER, `<message to="${ROOM}" type="error"/>`],
    ["an answer", MEMBER, `<iq to="${ROOM}/crone" type="result" id="1"/>`],
    [
      "a message from a client that is not in the room, which gets another error",
      OTHER,
      `<message to="${ROOM}" type="groupchat"><body>x</body></message>`,
    ],
    ["a self-ping", MEMBER, `<iq to="${ROOM}/thirdwitch" type="get" id="1"><ping xmlns="${NS.ping}"/></iq>`],
    ["a moderator's kick", MEMBER, `<iq to="${ROOM}" type="set" id="1"><query xmlns="${NS.mucAdmin}"/></iq>`],
  ])("accepts %s", (_, from, xml) => expect(isRefused(from, xml)).toBe(false));
});

describe("RFC 6120 8.3.3.18: a room that sheds joins only", () => {
  test.each([
    ["a join", OTHER, `<presence to="${ROOM}/hecate">${MUC}</presence>`],
    ["a second join of an occupant", MEMBER, `<presence to="${ROOM}/thirdwitch">${MUC}</presence>`],
  ])("refuses %s", (_, from, xml) => expect(isRefused(from, xml, "joins")).toBe(true));

  test.each([
    ["a groupchat message", MEMBER, `<message to="${ROOM}" type="groupchat"><body>x</body></message>`],
    ["a private message", MEMBER, `<message to="${ROOM}/crone" type="chat"><body>x</body></message>`],
    ["a query of the archive", MEMBER, `<iq to="${ROOM}" type="set" id="1"><query xmlns="${NS.mam}"/></iq>`],
    ["a departure", MEMBER, `<presence to="${ROOM}/thirdwitch" type="unavailable"/>`],
  ])("accepts %s", (_, from, xml) => expect(isRefused(from, xml, "joins")).toBe(false));
});
