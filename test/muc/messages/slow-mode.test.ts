import { describe, expect, it } from "vitest";
import { countForSlowMode } from "../../../src/muc/messages/slow-mode.ts";
import { child, parse } from "../../../src/xmpp/element.ts";
import { NS } from "../../../src/xmpp/namespaces.ts";
import { readStanza } from "../../../src/xmpp/stanza.ts";
import { type Driver, errorOf, MEMBER, OTHER, OWNER, openRoom, ROOM } from "../../support/room-driver.ts";

const FIELD = "muc#roomconfig_slow_mode_duration";

function slow(seconds = "20"): Driver {
  const driver = openRoom({ [FIELD]: seconds });
  driver.join(MEMBER, "thirdwitch");
  return driver;
}

const outcome = (driver: Driver, from: string, body = "x") => errorOf(driver.say(from, body)[0]) ?? "sent";

describe("XEP-0500 6 slow mode", () => {
  it("refuses a second message until the duration has elapsed, with the duration in the error", () => {
    const driver = slow();
    expect(outcome(driver, MEMBER)).toBe("sent");
    driver.now += 5_500;
    const sent = driver.say(MEMBER, "too early");
    expect(sent.map(errorOf)).toEqual(["wait/policy-violation"]);
    const text = sent[0]?.getChild("error")?.getChild("text", NS.stanzas)?.getText();
    expect(text).toContain("wait 20 seconds between messages");
    expect(text).toContain("again in 15 seconds");
    driver.now += 14_499;
    expect(outcome(driver, MEMBER)).toBe("wait/policy-violation");
    driver.now += 1;
    expect(outcome(driver, MEMBER)).toBe("sent");
  });

  it("applies to a user with every client and nickname (8), also after leaving; not to others", () => {
    const driver = slow();
    driver.say(MEMBER, "one");
    const tablet = "hag66@shakespeare.example/tablet";
    driver.join(tablet, "hag");
    driver.join(OTHER, "hecate");
    expect(outcome(driver, tablet)).toBe("wait/policy-violation");
    expect(outcome(driver, OTHER)).toBe("sent");
    driver.leave(MEMBER, "thirdwitch");
    driver.join(MEMBER, "thirdwitch");
    expect(outcome(driver, MEMBER)).toBe("wait/policy-violation");
  });

  it("counts messages with a body only", () => {
    const driver = slow();
    const typing = `<message type="groupchat" to="${ROOM}"><composing xmlns="http://jabber.org/protocol/chatstates"/></message>`;
    driver.send(MEMBER, typing);
    expect(outcome(driver, MEMBER)).toBe("sent");
    expect(errorOf(driver.send(MEMBER, typing)[0])).toBeUndefined();
  });

  it("does not apply to admins and owners", () => {
    const driver = slow();
    driver.say(MEMBER, "as a participant");
    driver.admin(OWNER, '<item jid="hag66@shakespeare.example" affiliation="admin"/>');
    for (const from of [OWNER, OWNER, MEMBER, MEMBER]) expect(outcome(driver, from)).toBe("sent");
  });

  it("survives a restart", () => {
    const driver = slow();
    driver.say(MEMBER, "one");
    driver.now += 10_000;
    const restarted = driver.restarted();
    expect(outcome(restarted, MEMBER)).toBe("wait/policy-violation");
    restarted.now += 10_000;
    expect(outcome(restarted, MEMBER)).toBe("sent");
  });

  it("lasts for its duration when the clock is set", () => {
    const driver = slow();
    for (const by of [-3_600_000, 3_600_000]) {
      driver.say(MEMBER, "one");
      driver.setClock(by);
      expect(outcome(driver, MEMBER)).toBe("wait/policy-violation");
      driver.now += 20_000;
      expect(outcome(driver, MEMBER)).toBe("sent");
      driver.now += 20_000;
    }
    driver.say(MEMBER, "two");
    const restarted = driver.restarted();
    restarted.setClock(-3_600_000);
    restarted.now += 20_000;
    expect(outcome(restarted, MEMBER)).toBe("sent");
    restarted.setClock(-3_600_000);
    const again = restarted.restarted();
    again.now += 20_000;
    expect(outcome(again, MEMBER)).toBe("sent");
  });

  it("remembers users while they must wait, at most 10 000", () => {
    const driver = slow();
    const room = driver.registry.get("coven") ?? expect.fail();
    const occupant = room.occupants.get("thirdwitch") ?? expect.fail();
    const element = parse(`<message from="${MEMBER}" type="groupchat" to="${ROOM}"><body>x</body></message>`);
    const stanza = readStanza(element) ?? expect.fail();
    const speak = (count: number): number => {
      for (let n = 0; n < count; n += 1)
        countForSlowMode(room, { sender: { ...occupant, bareJid: `user${n}@a.example` }, stanza });
      const remembered = room.slots.get("last-messages");
      return remembered instanceof Map ? remembered.size : 0;
    };
    expect(speak(10_050)).toBe(10_000);
    driver.now += 20_000;
    expect(speak(1)).toBe(1);
  });
});

describe("XEP-0500 5 configuration and discovery of slow mode", () => {
  it("is a whole number from 0 in the form (5.1), and a change is announced with status 104", () => {
    const driver = slow("0");
    const [form] = driver.owner(OWNER, "", "get");
    const field = form
      ?.getChild("query")
      ?.getChild("x")
      ?.getChildren("field")
      .find((el) => el.attrs.var === FIELD);
    const validate = field?.getChild("validate", "http://jabber.org/protocol/xdata-validate");
    expect(field?.attrs.type).toBe("text-single");
    expect(field?.getChild("value")?.getText()).toBe("0");
    expect(validate?.attrs.datatype).toBe("xs:integer");
    expect(validate?.getChild("range")?.attrs.min).toBe("0");
    const [told] = driver.configure(OWNER, { [FIELD]: "20" });
    expect(told && child(told, "x", NS.mucUser)?.getChild("status")?.attrs.code).toBe("104");
    for (const value of ["-1", "many", "1.5", "9999999"]) {
      expect(driver.configure(OWNER, { [FIELD]: value }).map(errorOf)).toEqual(["modify/not-acceptable"]);
    }
  });

  it.each(["0", "20"])("a duration of %s is in the room information (5.2)", (seconds) => {
    const [info] = slow(seconds).send(
      OTHER,
      `<iq type="get" id="i" to="${ROOM}"><query xmlns="${NS.discoInfo}"/></iq>`,
    );
    const fields = info?.getChild("query")?.getChild("x")?.getChildren("field") ?? [];
    const field = fields.find((el) => el.attrs.var === "muc#roominfo_slow_mode_duration");
    expect(field?.attrs.type).toBe("text-single");
    expect(field?.getChild("value")?.getText()).toBe(seconds);
  });
});
