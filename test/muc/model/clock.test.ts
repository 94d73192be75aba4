// A clock that is set while the service runs: no time has passed by it.
import { describe, expect, test } from "vitest";
import { PingSchedule } from "../../../src/muc/service/ping-schedule.ts";
import type { Element } from "../../../src/xmpp/element.ts";
import { NS } from "../../../src/xmpp/namespaces.ts";
import { Driver, errorOf, MEMBER, OTHER, ROOM, withThree } from "../../support/room-driver.ts";

const MINUTE = 60_000;
const YEARS = 10 * 365 * 24 * 60 * MINUTE;
const jumps = [
  ["ten years forward", YEARS],
  ["ten years back", -YEARS],
] as const;

describe.each(jumps)("a clock that jumps %s", (_, jump) => {
  test("removes nobody and has nobody asked (XEP-0045 18.1.2); quiet clients are still found", () => {
    const driver = withThree();
    const rounds = new PingSchedule(driver.registry, { pingAfter: 60 * MINUTE, pingTimeout: 15 * MINUTE });
    const round = (minutes: number): Element[] => {
      driver.now += minutes * MINUTE;
      return driver.written(rounds.step());
    };
    round(1);
    driver.setClock(jump);
    expect(round(1)).toEqual([]);
    expect(round(60).map(({ attrs }) => attrs.to)).toHaveLength(3);
    driver.setClock(jump);
    expect(round(14)).toEqual([]);
    round(1);
    expect(driver.registry.get("coven")?.sessions.size ?? 0).toBe(0);
  });

  test("ends no request between occupants (17.4), which end in their time", () => {
    const driver = withThree();
    const [asked] = driver.send(
      MEMBER,
      `<iq type="get" id="v" to="${ROOM}/hecate"><query xmlns="jabber:iq:version"/></iq>`,
    );
    expect(asked?.attrs.to).toBe(OTHER);
    driver.setClock(jump);
    expect(driver.written(driver.registry.passTime())).toEqual([]);
    driver.now += 2 * MINUTE;
    expect(driver.written(driver.registry.passTime()).map(errorOf)).toEqual(["wait/remote-server-timeout"]);
  });

  test("lets nobody create more rooms within an hour, and keeps nobody from it for longer (14.6)", () => {
    const driver = new Driver({ roomsPerHour: 1 });
    const create = (room: string) =>
      driver.send(MEMBER, `<presence to="${room}@chat.example/hag"><x xmlns="${NS.muc}"/></presence>`)[0];
    expect(create("one")?.attrs.type).toBeUndefined();
    driver.setClock(jump);
    expect(errorOf(create("two"))).toBe("wait/resource-constraint");
    driver.now += 60 * MINUTE;
    expect(create("two")?.attrs.type).toBeUndefined();
  });
});
