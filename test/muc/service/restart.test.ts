import { describe, expect, it } from "vitest";
import { brief, Driver, MEMBER, OTHER, OWNER, ROOM, sentTo, withMember } from "../../support/room-driver.ts";

const enter = `<presence to="${ROOM}/thirdwitch"><x xmlns="http://jabber.org/protocol/muc"/></presence>`;

describe("XEP-0045 7.2.1 joining again after the service was killed", () => {
  it("sends presence to the others once, as they may not have received it before the restart", () => {
    const room = withMember().registry.get("coven")?.record();
    const driver = new Driver({ records: room ? [room] : [] });
    const presences = () => sentTo(driver.send(MEMBER, enter), OWNER).map(brief);
    expect(presences()).toEqual(["presence thirdwitch > crone1 none/participant jid"]);
    expect(presences()).toEqual([]);
  });

  it("sends the same history as without a restart, even with large messages (7.2.13)", () => {
    const driver = withMember();
    for (const [index, length] of [3, 3, 50_000, 40_000].entries())
      driver.say(OWNER, "x".repeat(length + index));
    const history = (of: Driver) =>
      of.join(OTHER, "hecate").flatMap((sent) => sent.getChild("body")?.getText().length ?? []);
    const restarted = driver.restarted();
    expect(history(driver)).toEqual([3, 4, 50_002, 40_003]);
    expect(history(restarted)).toEqual(history(driver));
  });
});
