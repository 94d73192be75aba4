import { describe, expect, it } from "vitest";
import type { MovedRoom } from "../../src/muc/journal.ts";
import { child } from "../../src/xmpp/element.ts";
import { NS } from "../../src/xmpp/namespaces.ts";
import {
  Driver,
  type DriverOptions,
  errorOf,
  MEMBER,
  OTHER,
  OWNER,
  openRoom,
  ROOM,
} from "../support/room-driver.ts";

const DAY = 24 * 60 * 60 * 1000;
const VENUE = '<destroy jid="heath@chat.example"><reason>Macbeth doth come.</reason></destroy>';

function destroyed(fields = {}, options: DriverOptions = {}, request = VENUE): Driver {
  const driver = openRoom(fields, options);
  driver.admin(OWNER, '<item affiliation="member" jid="hag66@shakespeare.example"/>');
  driver.owner(OWNER, request);
  return driver;
}

/** What somebody who seeks to enter is told: the error, where to, and why. */
function told(driver: Driver, from: string): (string | undefined)[] {
  const [reply] = driver.join(from, "thirdwitch");
  const error = reply && child(reply, "error");
  const texts = ["gone", "text"].map((name) => error && child(error, name, NS.stanzas)?.getText());
  return [errorOf(reply), ...texts];
}

describe("XEP-0045 10.9 entering a room that was destroyed with an alternate venue", () => {
  it("is refused with gone, the address of the venue and the reason (RFC 6120 section 8.3.3.5)", () => {
    const driver = destroyed();
    const answer = ["cancel/gone", "xmpp:heath@chat.example?join", "Macbeth doth come."];
    expect(told(driver, MEMBER)).toEqual(answer);
    expect(told(driver, OWNER)).toEqual(answer);
    expect(driver.registry.get("coven")).toBeUndefined();
  });

  it("outlives the service, also for a room that was not kept itself", () => {
    const entries = destroyed().journal;
    const moved = entries.flatMap((entry): MovedRoom[] => (entry.kind === "room-moved" ? [entry.moved] : []));
    expect(told(new Driver({ moved }), MEMBER)[1]).toBe("xmpp:heath@chat.example?join");
  });

  it("ends after 31 days, and earlier for an administrator of the service who makes the room anew", () => {
    const driver = destroyed({}, { admins: ["hecate@shakespeare.example"] });
    driver.now += 31 * DAY - 1;
    expect(told(driver, MEMBER)[0]).toBe("cancel/gone");
    driver.now += 1;
    expect(told(driver, MEMBER)[0]).toBeUndefined();
    const other = destroyed({}, { admins: ["hecate@shakespeare.example"] });
    expect(told(other, OTHER)[0]).toBeUndefined();
    expect(other.journal).toContainEqual({ kind: "move-forgotten", node: "coven" });
    other.owner(OTHER, "<destroy/>");
    expect(told(other, MEMBER)[0]).toBeUndefined();
  });

  it("tells the venue of a members-only room to those who might enter only", () => {
    const driver = destroyed({ "muc#roomconfig_membersonly": "1" });
    expect(told(driver, MEMBER)[1]).toBe("xmpp:heath@chat.example?join");
    expect(told(driver, OTHER)).toEqual(["cancel/gone", "", "This room was closed for good"]);
  });

  it("escapes what has a meaning of its own in a URI (RFC 5122)", () => {
    const driver = destroyed({}, {}, '<destroy jid="50%?#x@chat.example"/>');
    expect(told(driver, MEMBER)[1]).toBe("xmpp:50%25%3F%23x@chat.example?join");
  });

  it.each(["<destroy/>", '<destroy jid="chat.example"/>', '<destroy jid="@"/>', `<destroy jid="${ROOM}"/>`])(
    "is free for a new room after %s, which names no other room",
    (request) => expect(told(destroyed({}, {}, request), MEMBER)[0]).toBeUndefined(),
  );

  it("remembers no more moved rooms than there may be rooms, the latest", () => {
    const driver = destroyed({}, { maxRooms: 1 });
    driver.join(OWNER, "firstwitch", "", "cave@chat.example");
    driver.send(
      OWNER,
      `<iq type="set" id="d" to="cave@chat.example"><query xmlns="${NS.mucOwner}">${VENUE}</query></iq>`,
    );
    expect(driver.journal.at(-1)).toEqual({ kind: "move-forgotten", node: "coven" });
    expect(told(driver, MEMBER)[0]).toBeUndefined();
  });

  it("is what a client seeks when its message is refused as that of no occupant (section 7.4)", () => {
    const message = `<message to="${ROOM}" type="groupchat"><body>Where is everybody?</body></message>`;
    const [moved] = destroyed().send(MEMBER, message);
    expect(errorOf(moved)).toBe("modify/not-acceptable");
    const [ended] = destroyed({}, {}, "<destroy/>").send(MEMBER, message);
    expect(errorOf(ended)).toBe("cancel/item-not-found");
  });
});
