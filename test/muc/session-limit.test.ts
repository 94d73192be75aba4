import { describe, expect, it } from "vitest";
import { errorOf, MEMBER, openRoom, withMember } from "../support/room-driver.ts";

const limits = {
  occupantsPerRoom: 100,
  historyLength: 100,
  nicknameLength: 64,
  sessionsPerOccupant: 2,
  invitationsPerHour: 30,
  archivePage: 200,
  sentStanzaBytes: 500_000,
};
const client = (resource: string) => `hag66@shakespeare.example/${resource}`;

describe("XEP-0045 7.2.8 the clients of one user under one nickname", () => {
  it("are limited by the service: resource-constraint; who is there may enter again", () => {
    const driver = withMember({}, { environment: { limits } });
    driver.join(client("laptop"), "thirdwitch");
    const [refusal, ...more] = driver.join(client("phone"), "thirdwitch");
    expect(errorOf(refusal)).toBe("wait/resource-constraint");
    expect(more).toEqual([]);
    expect(errorOf(driver.join(MEMBER, "thirdwitch")[0])).toBeUndefined();
  });

  it("are limited where a new nickname would bring them together", () => {
    const driver = openRoom({}, { environment: { limits } });
    driver.join(client("laptop"), "thirdwitch");
    driver.join(client("phone"), "thirdwitch");
    driver.join(client("pda"), "hag");
    expect(errorOf(driver.join(client("pda"), "thirdwitch")[0])).toBe("wait/resource-constraint");
    expect(driver.registry.get("coven")?.occupants.get("hag")?.sessions.size).toBe(1);
  });
});
