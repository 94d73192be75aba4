// The memory for users' actions is bounded in bytes, even with long ids and addresses.
import { describe, expect, test } from "vitest";
import { HISTORY_BYTES } from "../../../src/muc/archive/history.ts";
import { privateMessagesOf } from "../../../src/muc/messages/bounced-private-message.ts";
import { latestFitting, NOTE_CHARACTERS } from "../../../src/muc/model/latest-fitting.ts";
import { PendingRequests } from "../../../src/muc/requests/pending-requests.ts";
import { childText } from "../../../src/xmpp/element.ts";
import { NS } from "../../../src/xmpp/namespaces.ts";
import {
  errorOf,
  MEMBER,
  OTHER,
  OWNER,
  openRoom,
  ROOM,
  withMember,
  withThree,
} from "../../support/room-driver.ts";

const ID = "i".repeat(1_000);

describe("a room has a limit", () => {
  test("for its discussion history, which keeps the latest messages (XEP-0045 7.2.13)", () => {
    const driver = openRoom({ "muc#maxhistoryfetch": "100" });
    const size = 10_000;
    for (let n = 0; n < 50; n += 1) driver.say(OWNER, `${n} ${"x".repeat(size)}`);
    const history = driver.join(MEMBER, "thirdwitch").filter((sent) => sent.getChild("delay", NS.delay));
    const bytes = history.reduce((sum, sent) => sum + sent.toString().length, 0);
    expect(bytes).toBeLessThan(HISTORY_BYTES + 10_000);
    expect(bytes).toBeGreaterThan(HISTORY_BYTES - 2 * size);
    expect(childText(history.at(-1) as (typeof history)[0], "body")?.slice(0, 3)).toBe("49 ");
    for (let n = 0; n < 100; n += 1) driver.say(OWNER, `short ${n}`);
    driver.leave(MEMBER, "thirdwitch");
    const later = driver.join(MEMBER, "thirdwitch").filter((sent) => sent.getChild("delay", NS.delay));
    expect(later).toHaveLength(100);
  });

  test("for private messages that may bounce (7.5)", () => {
    const driver = withMember();
    for (let n = 0; n < 600; n += 1)
      driver.send(
        OWNER,
        `<message type="chat" id="${n}${ID}" to="${ROOM}/thirdwitch"><body>x</body></message>`,
      );
    const room = driver.registry.get("coven") ?? expect.fail();
    expect(privateMessagesOf(room).characters).toBeLessThan(132_000);
    const bounce = (n: number) =>
      driver.send(
        MEMBER,
        `<message type="error" id="${n}${ID}" to="${ROOM}/firstwitch"><error type="cancel"><item-not-found xmlns="${NS.stanzas}"/></error></message>`,
      );
    expect(bounce(599).map(errorOf)).toContain("wait/recipient-unavailable");
  });

  test("for one client's pending requests to occupants, and refuses more (17.4)", () => {
    const driver = withThree();
    const ask = (from: string, n: number) =>
      errorOf(
        driver
          .send(
            from,
            `<iq type="get" id="${n}${ID}" to="${ROOM}/firstwitch"><query xmlns="jabber:iq:version"/></iq>`,
          )
          .at(-1),
      );
    let taken = 0;
    while (ask(MEMBER, taken) === undefined) taken += 1;
    expect(taken).toBeGreaterThan(400);
    expect(taken).toBeLessThan(500);
    expect(ask(OTHER, 0)).toBeUndefined();
  });

  test("for the pending requests of all clients together", () => {
    const requests = new PendingRequests();
    const request = { requestId: ID, address: ROOM, recipient: {} as never, asked: "a", at: 0 };
    let taken = 0;
    while (requests.add(`${taken}`, { ...request, requester: `user${taken}@a.example` })) taken += 1;
    expect(taken).toBeLessThan(5_000);
    expect(requests.takeUntil(0)).toHaveLength(taken);
    expect(requests.add("again", { ...request, requester: "user@a.example" })).toBe(true);
  });

  test("for affiliations: 50,000, and refuses to add or register more users (9.3, 7.10)", () => {
    const driver = openRoom({ "verona#open_registration": "1" });
    const room = driver.registry.get("coven");
    for (let n = 1; n < 50_000; n += 1)
      room?.change({
        kind: "affiliation-changed",
        record: { jid: `m${n}@a.example`, affiliation: "member", reason: undefined, nick: undefined },
      });
    expect(driver.admin(OWNER, '<item jid="late@a.example" affiliation="outcast"/>').map(errorOf)).toEqual([
      "wait/resource-constraint",
    ]);
    expect(driver.register(MEMBER, "thirdwitch").map(errorOf)).toEqual(["wait/resource-constraint"]);
    expect(driver.register("m3@a.example/x", "third").map(errorOf)).not.toContain("wait/resource-constraint");
    const change = driver.admin(OWNER, '<item jid="m1@a.example" affiliation="admin"/>');
    expect(change.map(errorOf)).not.toContain("wait/resource-constraint");
    const none = '<item jid="late@a.example" affiliation="none"><reason>unknown</reason></item>';
    expect(driver.admin(OWNER, none).map(errorOf)).toEqual([undefined]);
    driver.admin(OWNER, '<item jid="m2@a.example" affiliation="none"/>');
    expect(errorOf(driver.register(MEMBER, "thirdwitch").at(-1))).toBeUndefined();
    expect(room?.affiliationOf("hag66@shakespeare.example")).toBe("member");
  });

  test("for a note with a list, which keeps the latest items", () => {
    const list = Array.from({ length: 500 }, (_, n) => `${n}${"x".repeat(1_000)}`);
    const latest = latestFitting(list, 200);
    expect(JSON.stringify(latest).length).toBeLessThanOrEqual(NOTE_CHARACTERS + 1);
    expect(latest).toEqual(list.slice(-latest.length));
    expect(latest.length).toBeGreaterThan(60);
    expect(latestFitting([1, 2, 3], 2)).toEqual([2, 3]);
    expect(latestFitting(["x".repeat(100)], 2, 50)).toEqual([]);
  });
});
