// An exception in the rules (a bug, a broken clock) affects only the stanza that caused it, and its room.
import { describe, expect, it } from "vitest";
import { brief, errorOf, MEMBER, OTHER, OWNER, openRoom, ROOM, sentTo } from "../../support/room-driver.ts";
import { LIMITS } from "../../support/room-environment.ts";

type Part = "clock" | "ids" | "limits";

/** Returns a driver with a persistent room, parts of whose environment can be made to throw. */
function faulty() {
  const faults: string[] = [];
  let broken: Part | undefined;
  const part = <T>(name: Part, value: T): T => {
    if (broken === name) throw new Error(`the ${name} failed`);
    return value;
  };
  const limits = {
    ...LIMITS,
    get occupantsPerRoom() {
      return part("limits", 10);
    },
  };
  const environment = { now: () => part("clock", 0), newId: () => part("ids", "id"), limits };
  const faulted = (error: unknown) => faults.push(String(error));
  const driver = openRoom({ "muc#roomconfig_persistentroom": "1" }, { environment, faulted });
  driver.join(MEMBER, "thirdwitch");
  driver.journal.length = 0;
  const whileBroken = <T>(name: Part, action: () => T): T => {
    broken = name;
    try {
      return action();
    } finally {
      broken = undefined;
    }
  };
  return { driver, faults, whileBroken };
}

describe("an exception in the rules", () => {
  it("gives the sender internal-server-error and is reported once; other rooms and later stanzas are not affected", () => {
    const { driver, faults, whileBroken } = faulty();
    driver.join(OWNER, "firstwitch", "", "heath@chat.example");
    whileBroken("ids", () => {
      const [reply, ...more] = driver.say(MEMBER, "hi");
      expect(reply?.attrs).toMatchObject({ type: "error", from: ROOM, to: MEMBER, id: "say" });
      expect([errorOf(reply), more]).toEqual(["wait/internal-server-error", []]);
      const elsewhere = driver.send(OWNER, '<presence to="heath@chat.example/firstwitch"/>');
      expect(elsewhere.map(brief)).toEqual(["presence firstwitch > crone1 owner/moderator jid 110"]);
    });
    expect(faults).toEqual(["Error: the ids failed"]);
    expect(driver.say(MEMBER, "hi").map(brief)).toEqual([
      "message groupchat thirdwitch > crone1",
      "message groupchat thirdwitch > hag66",
    ]);
  });

  it("journals and broadcasts the changes up to then, before the error, and leaves none for the next stanza", () => {
    const { driver, whileBroken } = faulty();
    // The second change throws after it is made: the message that announces it needs an id.
    const jids = ["hag66@shakespeare.example", "bard@shakespeare.example"];
    const items = jids.map((jid) => `<item affiliation="member" jid="${jid}"/>`).join("");
    const sent = whileBroken("ids", () => driver.admin(OWNER, items));
    expect(sent.map(brief)).toEqual([
      "presence thirdwitch > crone1 member/participant jid",
      "presence thirdwitch > hag66 member/participant jid 110",
      "iq error @ > crone1 internal-server-error",
    ]);
    const changes = driver.journal.filter((entry) => entry.kind === "affiliation-changed");
    expect(changes).toMatchObject(
      jids.map((jid) => ({ kind: "affiliation-changed", record: { jid, affiliation: "member" } })),
    );
    expect(jids.map((jid) => driver.registry.get("coven")?.affiliationOf(jid))).toEqual(["member", "member"]);
    expect(driver.say(MEMBER, "hi").map((stanza) => stanza.getName())).toEqual(["message", "message"]);
  });

  it("in a join leaves the sender outside, and the others get its unavailable presence", () => {
    const { driver, whileBroken } = faulty();
    driver.say(OWNER, "hi");
    const sent = whileBroken("clock", () => driver.join(OTHER, "hecate"));
    expect(sentTo(sent, OTHER).map(brief).slice(-2)).toEqual([
      "presence unavailable hecate > hecate none/none jid 333,110",
      "presence error hecate > hecate internal-server-error",
    ]);
    expect(sentTo(sent, MEMBER).map(brief)).toEqual([
      "presence hecate > hag66 none/participant",
      "presence unavailable hecate > hag66 none/none 333",
    ]);
    expect(errorOf(driver.say(OTHER, "hi")[0])).toBe("modify/not-acceptable");
  });

  it.each<Part>(["limits", "clock"])(
    "of the %s in a join that creates a room leaves no room behind",
    (part) => {
      const { driver, whileBroken } = faulty();
      const sent = whileBroken(part, () => driver.join(MEMBER, "thirdwitch", "", "moor@chat.example"));
      expect(errorOf(sent.at(-1))).toBe("wait/internal-server-error");
      expect(driver.registry.get("moor")).toBeUndefined();
    },
  );

  it("in a second join of an occupant does not remove it", () => {
    const { driver, whileBroken } = faulty();
    whileBroken("clock", () => driver.join(MEMBER, "thirdwitch"));
    expect(driver.say(MEMBER, "hi")).toHaveLength(2);
  });
});
