import { beforeEach, describe, expect, it, test } from "vitest";
import { OperationHarness, ROOM } from "./harness.ts";

const OWNER = "crone1@shakespeare.example/desktop";
const MEMBER = "hag66@shakespeare.example/pda";
const ALL = { afterIds: [], beforeIds: [], max: 500, fromEnd: false };

let now: number;
let service: OperationHarness;
beforeEach(async () => {
  now = Date.UTC(2026, 0, 1);
  service = new OperationHarness({ environment: { now: () => now } });
  await service.enter(OWNER, "firstwitch");
  await service.enter(MEMBER, "thirdwitch");
  for (let number = 0; number < 4; number += 1) {
    const from = number % 2 === 0 ? OWNER : MEMBER;
    await service.send(from, `<message type="groupchat" to="${ROOM}"><body>${number}</body></message>`);
    now += 86_400_000;
  }
});

const texts = () => service.store.readArchive("coven", ALL)?.messages.map(({ text }) => text);
const historyOf = async (jid: string): Promise<string[]> => {
  const sent = await service.send(
    jid,
    `<presence to="${ROOM}/hecate"><x xmlns="http://jabber.org/protocol/muc"/></presence>`,
  );
  return sent.flatMap((el) => el.getChild("body")?.getText() ?? []);
};

describe("archive.purge", () => {
  test.each([
    [{}, 4, []],
    [{ before: "2026-01-03T00:00:00Z" }, 2, ["2", "3"]],
    [{ before: "2026-01-03T02:00:00+02:00" }, 2, ["2", "3"]],
    [{ olderThanDays: 2 }, 3, ["3"]],
    [{ olderThanDays: 100 }, 0, ["0", "1", "2", "3"]],
  ])("of %j removes %d messages, from the history too", async (params, removed, left) => {
    expect(await service.result("archive.purge", { room: ROOM, ...params })).toMatchObject({ removed });
    expect(texts()).toEqual(left);
    expect(await historyOf("hecate@shakespeare.example/broom")).toEqual(left);
    expect(service.store.readActs({ max: 1 })).toMatchObject([
      { kind: "archive-purged", by: "chat.example", node: "coven" },
    ]);
    await service.expectKept();
  });

  it("of one user retracts the messages as a moderator does", async () => {
    await service.sent();
    const user = "hag66@shakespeare.example";
    expect(await service.result("archive.purge", { room: ROOM, user, reason: "spam" })).toEqual({
      removed: 0,
      announced: 2,
    });
    expect(
      (await service.sent()).filter((el) => el.getChild("retract") && el.attrs.to === OWNER),
    ).toHaveLength(2);
    expect(texts()?.filter((text) => text !== undefined)).toEqual(["0", "2"]);
    expect(service.store.readActs({ max: 1 })).toMatchObject([{ kind: "messages-purged", target: user }]);
  });

  it("refuses two limits at once, and a room that is not there", async () => {
    const both = { room: ROOM, olderThanDays: 1, user: "hag66@shakespeare.example" };
    expect((await service.refusal("archive.purge", both))[0]).toBe("bad-request");
    expect((await service.refusal("archive.purge", { room: "nowhere" }))[0]).toBe("item-not-found");
    expect(texts()).toHaveLength(4);
  });
});
