import { describe, expect, it } from "vitest";
import { brief, Driver, MEMBER, OTHER, OWNER, ROOM, sentTo, withMember } from "../../support/room-driver.ts";

const enter = `<presence to="${ROOM}/thirdwitch"><x xmlns="http://jabber.org/protocol/muc"/></presence>`;

describe("XEP-0045 7.2.1 entering again after the service was killed", () => {
  it("shows an occupant to the others once, who may not have been told of it; then it is no news", () => {
    const room = withMember().registry.get("coven")?.record();
    const driver = new Driver({ records: room ? [room] : [] });
    const told = () => sentTo(driver.send(MEMBER, enter), OWNER).map(brief);
    expect(told()).toEqual(["presence thirdwitch > crone1 none/participant jid"]);
    expect(told()).toEqual([]);
  });

  it("gives the history that it would have got without that, of large messages too (7.2.13)", () => {
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
