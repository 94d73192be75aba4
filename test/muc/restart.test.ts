import { describe, expect, it } from "vitest";
import { brief, Driver, MEMBER, OWNER, ROOM, sentTo, withMember } from "../support/room-driver.ts";

const enter = `<presence to="${ROOM}/thirdwitch"><x xmlns="http://jabber.org/protocol/muc"/></presence>`;

describe("XEP-0045 7.2.1 entering again after the service was killed", () => {
  it("shows an occupant to the others once, who may not have been told of it; then it is no news", () => {
    const room = withMember().registry.get("coven")?.record();
    const driver = new Driver({ records: room ? [room] : [] });
    const told = () => sentTo(driver.send(MEMBER, enter), OWNER).map(brief);
    expect(told()).toEqual(["presence thirdwitch > crone1 none/participant jid"]);
    expect(told()).toEqual([]);
  });
});
