// Setting the system clock while the service runs must not affect intervals.
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

describe.each(jumps)("a clock that is set %s", (_, jump) => {
  test("causes no ping and no removal; later pings and removals are on time (XEP-0045 18.1.2)", () => {
    const driver = withThree();
    const schedule = new PingSchedule(driver.registry, { pingAfter: 60 * MINUTE, pingTimeout: 15 * MINUTE });
    const stepAfter = (minutes: number): Element[] => {
      driver.now += minutes * MINUTE;
      return driver.written(schedule.step());
    };
    stepAfter(1);
    driver.setClock(jump);
    expect(stepAfter(1)).toEqual([]);
    expect(stepAfter(60).map(({ attrs }) => attrs.to)).toHaveLength(3);
    driver.setClock(jump);
    expect(stepAfter(14)).toEqual([]);
    stepAfter(1);
    expect(driver.registry.get("coven")?.sessions.size ?? 0).toBe(0);
  });

  test("does not change when requests between occupants time out (17.4)", () => {
    const driver = withThree();
    const [request] = driver.send(
      MEMBER,
      `<iq type="get" id="v" to="${ROOM}/hecate"><query xmlns="jabber:iq:version"/></iq>`,
    );
    expect(request?.attrs.to).toBe(OTHER);
    driver.setClock(jump);
    expect(driver.written(driver.registry.passTime())).toEqual([]);
    driver.now += 2 * MINUTE;
    expect(driver.written(driver.registry.passTime()).map(errorOf)).toEqual(["wait/remote-server-timeout"]);
  });

  test("does not change the limit of created rooms per hour (14.6)", () => {
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
