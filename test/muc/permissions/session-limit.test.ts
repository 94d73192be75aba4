import { describe, expect, it } from "vitest";
import { errorOf, MEMBER, openRoom, withMember } from "../../support/room-driver.ts";

const limits = { sessionsPerUser: 2 };
const client = (resource: string) => `hag66@shakespeare.example/${resource}`;

describe("XEP-0045 7.2.8 the clients of one user in a room", () => {
  it("are limited by the service: resource-constraint; who is there may enter again", () => {
    const driver = withMember({}, { limits });
    driver.join(client("laptop"), "thirdwitch");
    const [refusal, ...more] = driver.join(client("phone"), "thirdwitch");
    expect(errorOf(refusal)).toBe("wait/resource-constraint");
    expect(more).toEqual([]);
    expect(errorOf(driver.join(MEMBER, "thirdwitch")[0])).toBeUndefined();
  });

  it("are limited under all their nicknames together: one account does not fill a room (7.2.9)", () => {
    const driver = openRoom({}, { limits });
    driver.join(client("laptop"), "thirdwitch");
    driver.join(client("phone"), "hag");
    expect(driver.join(client("pda"), "crone").map(errorOf)).toEqual(["wait/resource-constraint"]);
    expect(driver.registry.get("coven")?.occupants.size).toBe(3);
    expect(errorOf(driver.join("other@shakespeare.example/pda", "crone")[0])).toBeUndefined();
    // A new nickname brings no further client.
    expect(errorOf(driver.join(client("phone"), "thirdwitch")[0])).toBeUndefined();
  });
});
