// Operations on rooms that other processes serve.
import { describe, expect, it } from "vitest";
import { readOutcome, writeOutcome } from "../../src/cluster-operations.ts";
import type { OperationOutcome } from "../../src/operations/operation.ts";
import { refuse } from "../../src/xmpp/result.ts";
import { errors } from "../../src/xmpp/stanza-error.ts";
import { say } from "../../src/xmpp/text.ts";
import { OperationHarness, ROOM } from "./harness.ts";

const OWNER = "crone1@shakespeare.example/desktop";
const DONE: OperationOutcome = { kind: "result", value: {} };

/** Returns a service beside others: `serves` and `run` are those of the cluster. */
async function beside(serves: () => boolean, run: () => OperationOutcome | undefined) {
  const service = new OperationHarness();
  await service.enter(OWNER, "firstwitch");
  const calls: unknown[] = [];
  service.runner.others = {
    serves,
    async run(node, call) {
      calls.push([node, call]);
      return run();
    },
  };
  return { service, calls };
}

describe("an operation on a room", () => {
  it("runs here if this process serves the room", async () => {
    const { service, calls } = await beside(
      () => true,
      () => DONE,
    );
    expect(await service.result("room.show", { room: ROOM })).toMatchObject({ room: ROOM });
    expect(calls).toEqual([]);
  });

  it("runs where the room is served, in the caller's name, and is logged here", async () => {
    const { service, calls } = await beside(
      () => false,
      () => DONE,
    );
    expect(await service.result("room.destroy", { room: ROOM })).toEqual({});
    const call = { name: "room.destroy", params: { room: ROOM }, jid: "chat.example/operator", by: "a test" };
    expect(calls).toEqual([["coven", call]]);
    expect(service.log).toMatchObject([{ operation: "room.destroy", room: ROOM, by: "a test" }]);
  });

  it("waits while the room moves", async () => {
    let tries = 0;
    const { service } = await beside(
      () => tries > 2,
      () => {
        tries += 1;
        return undefined;
      },
    );
    expect(await service.result("room.show", { room: ROOM })).toMatchObject({ room: ROOM });
    expect(tries).toBe(3);
  });

  it("is not run here for another process while the room is frozen or served elsewhere", async () => {
    let isServed = false;
    const { service } = await beside(
      () => isServed,
      () => DONE,
    );
    const call = { name: "room.show", params: { room: ROOM }, jid: "chat.example/operator", by: "a test" };
    expect(await service.runner.runHere(call)).toBeUndefined();
    isServed = true;
    service.registry.isFrozen = () => true;
    expect(await service.runner.runHere(call)).toBeUndefined();
    service.registry.isFrozen = () => false;
    expect(await service.runner.runHere(call)).toMatchObject({ kind: "result" });
  });
});

describe("the outcome of an operation between nodes", () => {
  it("comes as it was", () => {
    const refused = refuse(errors.itemNotFound(say`This service has no such room`));
    for (const outcome of [DONE, refused, undefined])
      expect(readOutcome(writeOutcome(outcome))).toEqual(outcome);
  });

  it("is refused if it is too large for a stanza, or a stream", async () => {
    const large = writeOutcome({ kind: "result", value: "x".repeat(300_000) });
    expect(readOutcome(large)).toMatchObject({
      kind: "refused",
      error: { condition: "resource-constraint" },
    });
    async function* lines() {}
    expect(readOutcome(writeOutcome({ kind: "stream", lines: lines() }))).toMatchObject({ kind: "refused" });
  });
});
