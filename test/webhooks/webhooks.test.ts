import { createHmac } from "node:crypto";
import { afterEach, beforeEach, describe, expect, it, test } from "vitest";
import { z } from "zod";
import { readSettings, readStatus } from "../../src/webhooks/webhook.ts";
import { OperationHarness, ROOM } from "../operations/harness.ts";
import { eventually } from "../support/eventually.ts";
import { answerWith, Receiver, status, TAKES } from "./receiver.ts";

const OWNER = "crone1@shakespeare.example/desktop";
const MEMBER = "hag66@shakespeare.example/pda";
const FAST = { backoff: { firstDelay: 5, longestDelay: 20 }, measureEvery: 0 };
const SECRET = "double, double toil and trouble";

let service: OperationHarness;
let receiver: Receiver;
beforeEach(async () => {
  service = new OperationHarness({ terms: FAST });
  receiver = await Receiver.start();
  await service.enter(OWNER, "firstwitch");
});
afterEach(async () => {
  await service.webhooks.stop();
  await receiver.stop();
});

const create = (params: Record<string, unknown> = {}) =>
  service.result("webhook.create", { webhook: "wiki", url: receiver.url, secret: SECRET, ...params });
const onlyMessages = { kinds: ["message"] };
const say = async (...texts: readonly string[]) => {
  for (const text of texts)
    await service.send(OWNER, `<message type="groupchat" to="${ROOM}"><body>${text}</body></message>`);
};
const shape = z.object({
  waiting: z.number(),
  deadLetters: z.number(),
  failures: z.number(),
  lastError: z.string().optional(),
});
const show = async () => shape.parse(await service.result("webhook.show", { webhook: "wiki" }));
const isEmpty = () => eventually(async () => expect(await show()).toMatchObject({ waiting: 0 }));

describe("a webhook", () => {
  it("gets the events of its rooms and kinds, in order, one request at a time", async () => {
    await service.enter(OWNER, "firstwitch", "heath@chat.example");
    await create({ rooms: ["coven"], ...onlyMessages });
    const texts = Array.from({ length: 50 }, (_, index) => `line ${index}`);
    await service.send(OWNER, `<message type="groupchat" to="heath@chat.example"><body>no</body></message>`);
    await service.enter(MEMBER, "thirdwitch");
    await say(...texts);
    await isEmpty();
    expect(receiver.texts).toEqual(texts);
    expect(receiver.requests).toHaveLength(50);
    expect(receiver.mostAtOnce).toBe(1);
    expect(new Set(receiver.requests.map(({ event }) => event.id)).size).toBe(50);
  });

  it("gets a signature of time and body, and the id of the event", async () => {
    await create(onlyMessages);
    await say("Harpier cries");
    await isEmpty();
    const [{ headers, body, event } = expect.fail("no request")] = receiver.requests;
    const [, t = "", v1] = /^t=(\d+),v1=([0-9a-f]{64})$/.exec(String(headers["verona-signature"])) ?? [];
    expect(v1).toBe(createHmac("sha256", SECRET).update(`${t}.${body}`).digest("hex"));
    expect(Math.abs(Number(t) - Date.now() / 1000)).toBeLessThan(60);
    expect(headers["verona-event"]).toBe(event.id);
    expect(headers).toMatchObject({ "content-type": "application/json", "user-agent": "Verona/1.2.3" });
  });

  it("hears real addresses only with the grant, and what staff does only if it asks for it", async () => {
    await create();
    await service.enter(MEMBER, "thirdwitch");
    await say("Harpier cries");
    await isEmpty();
    expect(receiver.requests.map(({ event }) => event.kind)).toEqual(["entry", "message"]);
    expect(JSON.stringify(receiver.requests)).not.toContain("shakespeare.example");
    await create({ webhook: "audit", reveal: true, kinds: ["act"] });
    await service.result("affiliations.set", {
      room: ROOM,
      changes: [{ user: "hag66@shakespeare.example", affiliation: "member" }],
    });
    await eventually(() =>
      expect(receiver.requests.at(-1)?.event).toMatchObject({
        ...{ kind: "act", act: "affiliation-changed" },
        target: { jid: "hag66@shakespeare.example" },
      }),
    );
  });

  it("is followed to a room's new name", async () => {
    await create({ rooms: [ROOM], ...onlyMessages });
    await service.result("room.rename", { room: ROOM, to: "heath" });
    expect(await service.result("webhook.list")).toMatchObject({
      webhooks: [{ rooms: ["heath@chat.example"] }],
    });
    const [stored] = service.store.readWebhooks();
    expect(readSettings("wiki", stored?.settings ?? "")).toMatchObject({ rooms: ["heath"] });
  });

  it("gets nothing any more once it is removed", async () => {
    receiver.answer = status(500);
    await create(onlyMessages);
    await say("Harpier cries");
    await eventually(async () => expect((await show()).failures).toBeGreaterThan(0));
    await service.result("webhook.remove", { webhook: "wiki" });
    receiver.answer = TAKES;
    await say("'tis time");
    await create(onlyMessages);
    await say("Round about");
    await isEmpty();
    expect(receiver.texts.at(-1)).toBe("Round about");
    expect(receiver.texts).not.toContain("'tis time");
  });
});

describe("a receiver that fails", () => {
  it("is sent everything again in order, and the failure is shown", async () => {
    let failures = 0;
    receiver.answer = (response) => {
      failures += 1;
      answerWith(response, failures <= 3 ? 503 : 204);
    };
    await create(onlyMessages);
    await say("one", "two");
    await isEmpty();
    expect(receiver.texts).toEqual(["one", "one", "one", "one", "two"]);
    const ids = receiver.requests.slice(0, 4).map(({ event }) => event.id);
    expect(new Set(ids).size).toBe(1);
    expect(await show()).toMatchObject({ failures: 0, lastError: "status 503" });
  });

  it.each([
    [
      "resets the connection",
      (response: Parameters<typeof TAKES>[0]) => response.destroy(),
      /closed|RESET|SOCKET/,
    ],
    ["redirects", status(302, { location: "/elsewhere" }), /302: redirects are not followed/],
  ])("by its rules: %s", async (_what, answer, error) => {
    receiver.answer = answer;
    await create(onlyMessages);
    await say("Harpier cries");
    await eventually(async () => expect((await show()).lastError).toMatch(error));
    receiver.answer = TAKES;
    await isEmpty();
    expect(new Set(receiver.texts)).toEqual(new Set(["Harpier cries"]));
  });

  it("hangs: the request ends, and is made again", async () => {
    await service.webhooks.stop();
    service = new OperationHarness({ terms: { ...FAST, timeout: 300 } });
    await service.enter(OWNER, "firstwitch");
    receiver.answer = () => {};
    await create(onlyMessages);
    await say("Harpier cries");
    await eventually(async () => expect((await show()).lastError).toBe("no answer within 0.3 seconds"));
    receiver.answer = TAKES;
    await isEmpty();
    expect(new Set(receiver.texts)).toEqual(new Set(["Harpier cries"]));
  });

  it("is not there: its events wait until it is", async () => {
    const { port } = receiver;
    await create(onlyMessages);
    await receiver.stop();
    await say("Harpier cries");
    await eventually(async () => expect((await show()).lastError).toMatch(/ECONNREFUSED|ECONNRESET|closed/));
    expect(await show()).toMatchObject({ waiting: 1 });
    receiver = await Receiver.start(port);
    await isEmpty();
    expect(receiver.texts).toEqual(["Harpier cries"]);
  });

  it("takes an event by its status, whatever its answer is, and however long", async () => {
    receiver.answer = (response, { event }) => {
      response.writeHead(200);
      if (event.kind === "message" && event.text === "endless") {
        const flood = (): void => {
          while (!response.destroyed && response.write("x".repeat(65_536)));
        };
        response.on("drain", flood);
        flood();
      } else if (event.kind === "message" && event.text === "cut") {
        response.write("half");
        setTimeout(() => response.destroy(), 5);
      } else response.end("\0\xff{");
    };
    await create(onlyMessages);
    await say("endless", "cut", "garbage", "last");
    await isEmpty();
    expect(receiver.texts).toEqual(["endless", "cut", "garbage", "last"]);
  });

  it("holds up no other webhook and no room", async () => {
    const other = await Receiver.start();
    receiver.answer = () => {};
    await create(onlyMessages);
    await create({ webhook: "other", url: other.url, ...onlyMessages });
    await say("one", "two");
    await eventually(() => expect(other.texts).toEqual(["one", "two"]));
    await other.stop();
  });
});

describe("dead letters", () => {
  it("are events that the receiver refuses again and again; the next one is delivered", async () => {
    await service.webhooks.stop();
    service = new OperationHarness({ terms: { ...FAST, mostRefusals: 3 } });
    await service.enter(OWNER, "firstwitch");
    receiver.answer = (response, { event }) =>
      answerWith(response, event.kind === "message" && event.text === "bad" ? 422 : 204);
    await create(onlyMessages);
    await say("good", "bad", "better");
    await isEmpty();
    expect(receiver.texts).toEqual(["good", "bad", "bad", "bad", "better"]);
    expect(await service.result("webhook.dead-letters", { webhook: "wiki" })).toMatchObject({
      events: [{ error: "refused 3 times; status 422", body: expect.stringContaining('"bad"') }],
    });
    receiver.answer = TAKES;
    expect(await service.result("webhook.retry", { webhook: "wiki" })).toEqual({ events: 1 });
    await isEmpty();
    expect(receiver.texts.at(-1)).toBe("bad");
    expect(await show()).toMatchObject({ deadLetters: 0 });
  });

  it("are events that are too old when a request fails", async () => {
    await service.webhooks.stop();
    service = new OperationHarness({ terms: { ...FAST, mostAge: -1 } });
    await service.enter(OWNER, "firstwitch");
    receiver.answer = status(500);
    await create(onlyMessages);
    await say("Harpier cries");
    await eventually(async () => expect(await show()).toMatchObject({ waiting: 0, deadLetters: 1 }));
    expect(await service.result("webhook.dead-letters", { webhook: "wiki" })).toMatchObject({
      events: [{ error: "too old; status 500" }],
    });
  });

  it("are the oldest events of a queue that is too long, and the oldest of them are forgotten", async () => {
    await service.webhooks.stop();
    service = new OperationHarness({
      terms: { ...FAST, backoff: { firstDelay: 60_000, longestDelay: 60_000 }, mostWaiting: 10, mostDead: 2 },
    });
    await service.enter(OWNER, "firstwitch");
    receiver.answer = status(500);
    await create(onlyMessages);
    await say(...Array.from({ length: 13 }, (_, index) => `line ${index}`));
    await eventually(async () => {
      const { waiting, deadLetters } = await show();
      expect([waiting <= 10, deadLetters]).toEqual([true, 2]);
    });
    receiver.answer = TAKES;
    await service.result("webhook.retry", { webhook: "wiki" });
    await isEmpty();
    const taken = receiver.texts.slice(receiver.texts.lastIndexOf("line 0") + 1);
    expect(taken.at(-1)).toBe("line 12");
    expect(taken).toEqual(taken.toSorted((a, b) => Number(a.slice(5)) - Number(b.slice(5))));
  });
});

describe("after a restart", () => {
  it("what waits is delivered, by the stored settings, before what is new", async () => {
    receiver.answer = status(500);
    await create(onlyMessages);
    await say("one");
    await eventually(async () => expect((await show()).failures).toBeGreaterThan(0));
    await service.webhooks.stop();
    await say("two");
    const queued = service.store.readDeliveries("wiki", false, 0, 10).length;
    expect(queued).toBe(2);
    receiver.answer = TAKES;
    receiver.requests.length = 0;
    const next = service.anotherWebhooks();
    await next.load();
    next.start();
    await eventually(() => expect([...new Set(receiver.texts)]).toEqual(["one", "two"]));
    await next.stop();
  });
});

describe("in a cluster", () => {
  it("the first node delivers for all, by settings that any of them has stored", async () => {
    let first = "a";
    const [a, b] = ["a", "b"].map((name) => service.anotherWebhooks(() => name === first));
    if (!a || !b) return expect.fail();
    service.events.keeper = a;
    for (const each of [a, b]) {
      await each.load();
      each.start();
    }
    const kinds = ["message"] as const;
    const settings = { id: "wiki", url: receiver.url, kinds, reveal: false, secret: SECRET };
    await b.put({ ...settings, created: 0, retries: 0 });
    await eventually(() => expect(a.get("wiki")).toBeDefined());
    await say("one");
    await eventually(() => expect(receiver.texts).toEqual(["one"]));
    receiver.answer = status(500);
    await say("two");
    await eventually(() => expect(receiver.texts.at(-1)).toBe("two"));
    first = "b";
    receiver.requests.length = 0;
    receiver.answer = TAKES;
    await say("three");
    await eventually(() => expect(receiver.texts).toEqual(["two", "three"]));
    await b.remove("wiki");
    await eventually(() => expect(a.get("wiki")).toBeUndefined());
    await Promise.all([a.stop(), b.stop()]);
  });
});

describe("operations on webhooks", () => {
  it("make a secret and show it once", async () => {
    const made = await service.result("webhook.create", { webhook: "wiki", url: "https://wiki.example/in" });
    const { secret } = z.object({ secret: z.string().regex(/^[\w-]{43}$/) }).parse(made);
    const listed = [
      await service.result("webhook.list"),
      await service.result("webhook.show", { webhook: "wiki" }),
      service.log,
    ];
    expect(JSON.stringify(listed)).not.toContain(secret);
    expect(listed[0]).toMatchObject({ webhooks: [{ webhook: "wiki", reveal: false }] });
    expect(service.log).toEqual([
      expect.objectContaining({ operation: "webhook.create", webhook: "wiki", msg: "operation" }),
    ]);
  });

  test.each([
    [{ url: "ftp://wiki.example/" }, "bad-request"],
    [{ url: "https://me:secret@wiki.example/" }, "bad-request"],
    [{ url: "/verona" }, "bad-request"],
    [{ rooms: ["coven@other.example"] }, "bad-request"],
    [{ kinds: ["private-message"] }, "bad-request"],
    [{ secret: "short" }, "bad-request"],
    [{ webhook: "a b" }, "bad-request"],
    [{ webhook: "known" }, "conflict"],
  ])("refuse %j with %s", async (params, condition) => {
    await create({ webhook: "known" });
    const given = { webhook: "wiki", url: "https://wiki.example/", ...params };
    expect((await service.refusal("webhook.create", given))[0]).toBe(condition);
  });

  it("refuse names of no webhook", async () => {
    for (const name of ["show", "remove", "dead-letters", "retry"])
      expect((await service.refusal(`webhook.${name}`, { webhook: "none" }))[0]).toBe("item-not-found");
  });

  it("leave out what they cannot read", () => {
    expect(readSettings("a", "{")).toBeUndefined();
    expect(readSettings("a", '{"url":1}')).toBeUndefined();
    expect(readStatus("nonsense")).toEqual({ failures: 0 });
  });
});
