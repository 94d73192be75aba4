// Events of rooms as Server-Sent Events.
import { beforeEach, describe, expect, it, onTestFinished, test, vi } from "vitest";
import type { EventSource } from "../../src/events/event-source.ts";
import { roomEvent } from "../../src/events/room-event.ts";
import { OperationHarness, ROOM } from "../operations/harness.ts";
import { eventually } from "../support/eventually.ts";
import { Api } from "./api.ts";

const OWNER = "crone1@shakespeare.example/desktop";
const MEMBER = "hag66@shakespeare.example/pda";

let api: Api;
/** Number of subscriptions of this test. */
let subscribed: { count: number };
beforeEach(async () => {
  const counted = { count: 0 };
  subscribed = counted;
  const harness = new OperationHarness();
  const events: Pick<EventSource, "subscribe"> = {
    subscribe(filter, hear) {
      counted.count += 1;
      const cancel = harness.events.subscribe(filter, hear);
      return () => {
        counted.count -= 1;
        cancel();
      };
    },
  };
  api = await Api.open({ events }, {}, harness);
});

/** Listens until the test ends. */
async function listen(query: string, token: string, headers: Record<string, string> = {}) {
  const aborting = new AbortController();
  onTestFinished(() => aborting.abort());
  const response = await fetch(`http://127.0.0.1:${api.port}/v1/events${query}`, {
    headers: { authorization: `Bearer ${token}`, ...headers },
    signal: aborting.signal,
  });
  const heard = { text: "", isOver: false, response, stop: () => aborting.abort() };
  void (async () => {
    try {
      for await (const chunk of response.body?.pipeThrough(new TextDecoderStream()) ?? [])
        heard.text += chunk;
    } catch {}
    heard.isOver = true;
  })();
  return heard;
}

const eventsIn = ({ text }: { text: string }) =>
  [...text.matchAll(/^data: (.*)$/gm)].map(([, data = ""]) => roomEvent.parse(JSON.parse(data)));

const say = (body: string, from = OWNER, room = ROOM) =>
  api.harness.send(from, `<message type="groupchat" to="${room}"><body>${body}</body></message>`);

describe("events", () => {
  it("are told as they happen, with id and kind", async () => {
    await api.harness.enter(OWNER, "firstwitch");
    const heard = await listen("?room=coven&kind=message&kind=entry", await api.token("read"));
    expect(heard.response.headers.get("content-type")).toBe("text/event-stream; charset=utf-8");
    expect(heard.response.headers.get("cache-control")).toBe("no-store");
    await say("a\nb");
    await api.harness.enter(MEMBER, "thirdwitch");
    await eventually(() => expect(eventsIn(heard)).toHaveLength(2));
    expect(eventsIn(heard)).toMatchObject([
      { kind: "message", room: ROOM, text: "a\nb", from: { nickname: "firstwitch" } },
      { kind: "entry", occupant: { nickname: "thirdwitch" } },
    ]);
    const [first] = eventsIn(heard);
    expect(heard.text).toContain(`id: ${first?.id}\nevent: message\ndata: {`);
  });

  it("are those of the rooms that were asked for, by a token for some rooms of these only", async () => {
    for (const room of ["coven", "heath"])
      await api.harness.enter(OWNER, "firstwitch", `${room}@chat.example`);
    const some = await api.token("read", ["Coven"], "some");
    const [all, own] = [await listen("", await api.token("read")), await listen("", some)];
    await say("one", OWNER, "heath@chat.example");
    await say("two");
    await eventually(() => expect([eventsIn(all).length, eventsIn(own).length]).toEqual([2, 1]));
    expect(eventsIn(own)).toMatchObject([{ room: ROOM }]);
    expect(await api.refusal("GET /v1/events?room=heath", { token: some })).toEqual([403, "forbidden"]);
    expect(await api.refusal("GET /v1/events?room=coven&room=heath", { token: some })).toEqual([
      403,
      "forbidden",
    ]);
  });

  it("have real addresses only for a token with the scope admin that asks for them", async () => {
    await api.harness.enter(OWNER, "firstwitch");
    const [read, admin] = [await api.token("read"), await api.token("admin")];
    const [plain, revealed] = [await listen("", admin), await listen("?reveal=true", admin)];
    await say("Harpier cries");
    await eventually(() => expect([eventsIn(plain).length, eventsIn(revealed).length]).toEqual([1, 1]));
    expect(plain.text).not.toContain("crone1@");
    expect(revealed.text).toContain("crone1@shakespeare.example");
    for (const token of [read, await api.token("moderate")])
      expect(await api.refusal("GET /v1/events?reveal=true", { token })).toEqual([403, "forbidden"]);
  });

  it("that only staff knows of need the scope moderate", async () => {
    await api.harness.enter(OWNER, "firstwitch");
    await api.harness.enter(MEMBER, "thirdwitch");
    const read = await api.token("read");
    for (const kind of ["act", "report"])
      expect(await api.refusal(`GET /v1/events?kind=${kind}`, { token: read })).toEqual([403, "forbidden"]);
    const [reader, moderator] = [await listen("", read), await listen("", await api.token("moderate"))];
    await api.harness.result("occupant.kick", { room: "coven", nickname: "thirdwitch" });
    await eventually(() => expect(eventsIn(moderator).some(({ kind }) => kind === "act")).toBe(true));
    await eventually(() => expect(eventsIn(reader).some(({ kind }) => kind === "leave")).toBe(true));
    expect(eventsIn(reader).some(({ kind }) => kind === "act")).toBe(false);
  });

  test.each(["?kind=nonsense", "?colour=red", "?reveal=yes", "?room="])("refuses %s", async (query) => {
    const token = await api.token("read");
    expect(await api.refusal(`GET /v1/events${query}`, { token })).toEqual([400, "bad-request"]);
    expect(subscribed.count).toBe(0);
  });

  it("refuses who has no token", async () => {
    expect(await api.refusal("GET /v1/events")).toEqual([401, "not-authorized"]);
    expect(await api.refusal("POST /v1/events")).toEqual([405, "not-allowed"]);
  });

  it("does not pretend to repeat what a client has missed", async () => {
    const heard = await listen("", await api.token("read"), { "last-event-id": "abc" });
    await eventually(() => expect(heard.text).toContain('event: missed\ndata: {"after":"abc"}\n\n'));
  });
});

describe("a stream of events", () => {
  it("ends with its client", async () => {
    const heard = await listen("", await api.token("read"));
    await eventually(() => expect(subscribed.count).toBe(1));
    heard.stop();
    await eventually(() => expect(subscribed.count).toBe(0));
  });

  it("is kept open by comments, and ends when its token is revoked", async () => {
    vi.useFakeTimers({ toFake: ["setInterval", "clearInterval"] });
    onTestFinished(() => void vi.useRealTimers());
    const heard = await listen("", await api.token("read"));
    await eventually(() => expect(heard.text).toContain("retry: 3000"));
    vi.advanceTimersByTime(15_000);
    await eventually(() => expect(heard.text).toContain("\n: still here\n\n"));
    await api.harness.result("token.revoke", { token: "read" });
    vi.advanceTimersByTime(5_000);
    await eventually(() => expect(heard.isOver).toBe(true));
    expect(subscribed.count).toBe(0);
  });

  it("is limited to four of a token, beside its other requests", async () => {
    const token = await api.token("read");
    const open = await Promise.all(Array.from({ length: 4 }, () => listen("", token)));
    expect(open.map(({ response }) => response.status)).toEqual([200, 200, 200, 200]);
    expect(await api.refusal("GET /v1/events", { token })).toEqual([429, "policy-violation"]);
    expect((await api.ask("GET /v1/status", { token })).status).toBe(200);
  });

  it("ends if its client does not read, and others hear everything", { timeout: 60_000 }, async () => {
    await api.harness.enter(OWNER, "firstwitch");
    const [slow, quick] = [await api.token("read"), await api.token("read", undefined, "quick")];
    const response = await api.fetch("GET /v1/events", { token: slow });
    const heard = await listen("", quick);
    await eventually(() => expect(subscribed.count).toBe(2));
    const text = "a".repeat(100_000);
    let said = 0;
    for (; said < 300 && subscribed.count === 2; said++) {
      await say(text);
      await eventually(() => expect(heard.text.length).toBeGreaterThan((said + 1) * text.length));
    }
    expect(subscribed.count).toBe(1);
    expect(said).toBeGreaterThan(40);
    await eventually(() => expect(eventsIn(heard)).toHaveLength(said));
    await response.body?.cancel().catch(() => {});
  });
});
