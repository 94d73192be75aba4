import { beforeEach, describe, expect, it } from "vitest";
import type { OwnedSlot } from "../../src/cluster/cluster-tables.ts";
import { OwnSlots } from "../../src/cluster/own-slots.ts";
import { StorageError } from "../../src/storage/store.ts";

const SLOTS: readonly OwnedSlot[] = [{ slot: 1, epoch: 4 }];

let told: string[];
let gives: (readonly OwnedSlot[])[];
/** What the tables answer to gives; undefined: nothing. */
let answers: (boolean | undefined)[];
let isConfirmed: boolean;
let own: OwnSlots;

const tell = (what: string, slots: readonly (number | OwnedSlot)[]) =>
  told.push(`${what} ${slots.map((slot) => (typeof slot === "number" ? slot : slot.slot)).join()}`);

beforeEach(() => {
  [told, gives, answers, isConfirmed] = [[], [], [], true];
  own = new OwnSlots(
    {
      prepare: async (slots) => void tell("prepare", slots),
      settle: async (slots) => void tell("settle", slots),
      release: (slots) => tell("release", slots),
    },
    {
      hold: (slots) => tell("hold", slots),
      serve: (slots) => tell("serve", slots),
      confirm: async () => {
        told.push("confirm");
        if (!isConfirmed) throw new Error("a server does not answer");
        return ["other"];
      },
      turn: () => told.push("turn"),
      failed: (_, message) => told.push(message),
    },
  );
});

const tables = {
  give: async (_: string, slots: readonly OwnedSlot[], confirmed: readonly string[]) => {
    expect(confirmed).toEqual(["other"]);
    gives.push(slots);
    const answer = answers.shift();
    if (answer === undefined) throw new StorageError("the database is away");
    return answer;
  },
};
const settled = () => new Promise((resolve) => setImmediate(resolve));
/** Lets this node serve the slots, and begin to move them. */
const beginMove = async () => {
  own.gain(SLOTS);
  await settled();
  own.move("other", SLOTS);
  await settled();
  told.splice(0);
};

describe("the slots of a node", () => {
  it("are served once their rooms' needs are read", async () => {
    own.gain(SLOTS);
    expect(own.serves(1)).toBe(false);
    await settled();
    expect(told).toEqual(["hold 1", "prepare 1", "serve 1"]);
    expect(own.serves(1)).toBe(true);
  });

  it("are held, settled and confirmed before they are given away", async () => {
    own.gain(SLOTS);
    await settled();
    told.splice(0);
    own.move("other", SLOTS);
    expect(own.serves(1)).toBe(false);
    expect(await own.give(tables)).toBeUndefined();
    expect(gives).toEqual([]);
    await settled();
    expect(told).toEqual(["hold 1", "settle 1", "confirm", "turn"]);
    answers = [true];
    expect(await own.give(tables)).toMatchObject({ to: "other", slots: SLOTS });
    expect(told.at(-1)).toBe("release 1");
  });

  it("stay held while nobody knows if they were given, and the tables are asked again in the same epoch", async () => {
    await beginMove();
    answers = [undefined, true];
    await expect(own.give(tables)).rejects.toThrow(StorageError);
    own.gain(SLOTS);
    expect(own.serves(1)).toBe(false);
    await own.give(tables);
    expect(gives).toEqual([SLOTS, SLOTS]);
    expect(told).toEqual(["release 1"]);
  });

  it("are served again, with the rooms in memory, if the tables refuse and still say so", async () => {
    await beginMove();
    answers = [false];
    await own.give(tables);
    expect(own.serves(1)).toBe(false);
    own.gain(SLOTS);
    expect(own.serves(1)).toBe(true);
    expect(told).toEqual(["serve 1"]);
  });

  it("are served again if the servers do not confirm, and move later", async () => {
    isConfirmed = false;
    await beginMove();
    expect(own.serves(1)).toBe(true);
    own.move("other", SLOTS);
    expect(own.serves(1)).toBe(true);
    own.tick(500);
    expect(told).toEqual(["turn"]);
    own.move("other", SLOTS);
    expect(own.serves(1)).toBe(false);
  });

  it("are read anew if another node had them meanwhile", async () => {
    own.gain(SLOTS);
    await settled();
    told.splice(0);
    own.gain([{ slot: 1, epoch: 6 }]);
    expect(own.serves(1)).toBe(false);
    await settled();
    expect(told).toEqual(["release 1", "hold 1", "prepare 1", "serve 1"]);
  });

  it("move only when all of them are served, and one move after the other", async () => {
    own.gain(SLOTS);
    await settled();
    const both = [...SLOTS, { slot: 2, epoch: 1 }];
    own.gain(both);
    own.move("other", both);
    expect(own.serves(1)).toBe(true);
    await settled();
    own.move("other", SLOTS);
    own.move("third", [{ slot: 2, epoch: 1 }]);
    expect(own.serves(2)).toBe(true);
  });

  it("that are lost while their needs are read are not served", async () => {
    own.gain(SLOTS);
    own.lose(SLOTS);
    await settled();
    expect(told).toEqual(["hold 1", "prepare 1", "release 1"]);
    expect(own.size).toBe(0);
  });
});
