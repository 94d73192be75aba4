import { beforeEach, describe, expect, it } from "vitest";
import { OperationHarness } from "./harness.ts";

const OWNER = "crone1@shakespeare.example/desktop";

let service: OperationHarness;
beforeEach(async () => {
  service = new OperationHarness();
  await service.enter(OWNER, "firstwitch");
  await service.enter(OWNER, "firstwitch", "heath@chat.example");
  await service.sent();
});

describe("announce (XEP-0133 section 4.23)", () => {
  it("tells all occupants, keeps an act and nothing in the history", async () => {
    const result = await service.result("announce", { text: " The service pauses at ten " });
    expect(result).toEqual({ rooms: 2, silentNodes: 0 });
    const sent = await service.sent();
    expect(sent.map((el) => [el.attrs.from, el.getChild("body")?.getText()])).toEqual([
      ["coven@chat.example", "The service pauses at ten"],
      ["heath@chat.example", "The service pauses at ten"],
    ]);
    expect(service.store.readActs({ max: 1 })).toMatchObject([
      { node: "", kind: "announced", by: "chat.example" },
    ]);
    expect(service.store.countMessages()).toBe(0);
  });

  it("refuses an empty text, and waits until all rooms are loaded", async () => {
    expect((await service.refusal("announce", { text: " " }))[0]).toBe("bad-request");
    service.registry.isLoading = true;
    expect((await service.refusal("announce", { text: "x" }))[0]).toBe("resource-constraint");
    expect(await service.sent()).toEqual([]);
  });
});

describe("counters", () => {
  it("adds up the figures of all processes", async () => {
    const own = { rooms: 2, roomsInMemory: 2, occupants: 2, clients: 2, messages: 0, memoryMiB: 64 };
    expect(await service.result("counters")).toEqual({ ...own, nodes: 1, silentNodes: 0 });
    const other = { rooms: 3, occupants: 4, sessions: 5, messages: 6, memory: 1_048_576 };
    service.others = { ask: async () => ({ counts: [other], silent: 1 }) };
    expect(await service.result("counters")).toEqual({
      ...{ rooms: 2, roomsInMemory: 5, occupants: 6, clients: 7, messages: 6, memoryMiB: 65 },
      ...{ nodes: 3, silentNodes: 1 },
    });
  });
});

describe("service.reload", () => {
  it("returns what has changed, what waits for a restart, and problems", async () => {
    service.reloaded = { applied: ["logLevel"], afterRestart: ["storage"], problems: [] };
    expect(await service.result("service.reload")).toEqual(service.reloaded);
  });
});

describe("log.level", () => {
  it("shows the level, and sets it", async () => {
    expect(await service.result("log.level")).toEqual({ level: "info" });
    expect(await service.result("log.level", { level: "warn" })).toEqual({ level: "warn" });
    const lines = service.log.length;
    await service.result("announce", { text: "x" });
    expect(service.log).toHaveLength(lines);
    expect((await service.refusal("log.level", { level: "loud" }))[0]).toBe("bad-request");
  });
});
