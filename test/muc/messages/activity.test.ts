import { describe, expect, it } from "vitest";
import { NS } from "../../../src/xmpp/namespaces.ts";
import { type Driver, MEMBER, OTHER, OWNER, openRoom, ROOM } from "../../support/room-driver.ts";

const HOUR = 3_600_000;
const PERSISTENT = { "muc#roomconfig_persistentroom": "1" };

function activity(driver: Driver): string | undefined {
  const [info] = driver.send(
    OTHER,
    `<iq type="get" id="i" to="${ROOM}"><query xmlns="${NS.discoInfo}"/></iq>`,
  );
  const fields = info?.getChild("query")?.getChild("x")?.getChildren("field") ?? [];
  const field = fields.find((el) => el.attrs.var === "{urn:xmpp:muc-activity}message-activity");
  return field?.getChild("value")?.getText();
}

describe("XEP-0502 activity of a room", () => {
  it("is the average per hour over the whole hours of a day, and absent in the first hour (3.1, 5)", () => {
    const driver = openRoom(PERSISTENT);
    for (let i = 0; i < 7; i++) driver.say(OWNER, "x");
    expect(activity(driver)).toBeUndefined();
    driver.now += HOUR;
    driver.say(OWNER, "of the hour that is not counted yet");
    expect(activity(driver)).toBe("7");
    driver.now += 2 * HOUR;
    expect(activity(driver)).toBe("2.67");
    driver.now += 22 * HOUR;
    expect(activity(driver)).toBe("0.04");
    driver.now += 1000 * HOUR;
    expect(activity(driver)).toBe("0");
  });

  it("counts only messages with a body; no corrections, retractions or private messages (4)", () => {
    const driver = openRoom(PERSISTENT);
    driver.join(MEMBER, "thirdwitch");
    const send = (content: string, to = ROOM, type = "groupchat") =>
      driver.send(OWNER, `<message type="${type}" to="${to}">${content}</message>`);
    send("<body>counted</body>");
    send('<active xmlns="http://jabber.org/protocol/chatstates"/>');
    send("<subject>x</subject>");
    send(`<body>x</body><replace xmlns="${NS.correct}" id="y"/>`);
    send(`<body>x</body><retract xmlns="${NS.retract}" id="y"/>`);
    send("<body>x</body>", `${ROOM}/thirdwitch`, "chat");
    driver.now += HOUR;
    expect(activity(driver)).toBe("1");
  });

  it.each([
    [{ "muc#roomconfig_persistentroom": "0" }],
    [{ "muc#roomconfig_publicroom": "0" }],
    [{ "muc#roomconfig_membersonly": "1" }],
    [{ "muc#roomconfig_passwordprotectedroom": "1", "muc#roomconfig_roomsecret": "caul" }],
  ])("is not published for a room with %j (3.1, 8)", (fields) => {
    const driver = openRoom({ ...PERSISTENT, ...fields });
    driver.now += HOUR;
    expect(activity(driver)).toBeUndefined();
  });
});
