import { describe, expect, it } from "vitest";
import { child } from "../../../src/xmpp/element.ts";
import { NS } from "../../../src/xmpp/namespaces.ts";
import { Driver, errorOf, MEMBER, OTHER, OWNER, ROOM, withMember } from "../../support/room-driver.ts";

const LAPTOP = "hag66@shakespeare.example/laptop";

/** Pings an address of the room; returns "result", or the error as type and condition. */
function ping(driver: Driver, from: string, to: string): string | undefined {
  const [reply] = driver.send(from, `<iq type="get" id="p" to="${to}"><ping xmlns="${NS.ping}"/></iq>`);
  expect(reply?.attrs).toMatchObject({ from: to, to: from, id: "p" });
  const error = reply && child(reply, "error");
  if (error) expect(error.attrs.by).toBe(to.split("/")[0]);
  return errorOf(reply) ?? reply?.attrs.type;
}

describe("XEP-0410 3.2 a self-ping is answered by the room", () => {
  it("for a client that is in the room, also if it shares its nickname", () => {
    const driver = withMember();
    driver.join(LAPTOP, "thirdwitch");
    expect(ping(driver, MEMBER, `${ROOM}/thirdwitch`)).toBe("result");
    expect(ping(driver, LAPTOP, `${ROOM}/thirdwitch`)).toBe("result");
  });

  it("with not-acceptable for a client that is not in the room, even if another client of its user is", () => {
    const driver = withMember();
    expect(ping(driver, LAPTOP, `${ROOM}/thirdwitch`)).toBe("cancel/not-acceptable");
    expect(ping(driver, OTHER, `${ROOM}/hecate`)).toBe("cancel/not-acceptable");
    driver.leave(MEMBER, "thirdwitch");
    expect(ping(driver, MEMBER, `${ROOM}/thirdwitch`)).toBe("cancel/not-acceptable");
  });

  it("with not-acceptable too if the room does not exist, so that nobody learns which rooms exist", () => {
    const driver = new Driver();
    expect(ping(driver, MEMBER, `${ROOM}/thirdwitch`)).toBe("cancel/not-acceptable");
    driver.join(OWNER, "firstwitch");
    expect(ping(driver, MEMBER, `${ROOM}/thirdwitch`)).toBe("cancel/not-acceptable");
    expect(ping(driver, OWNER, `${ROOM}/firstwitch`)).toBe("result");
  });

  it("with item-not-found for an unknown nickname", () => {
    expect(ping(withMember(), MEMBER, `${ROOM}/secondwitch`)).toBe("cancel/item-not-found");
  });
});
