// Rooms that the configuration describes.
import pino from "pino";
import { beforeEach, describe, expect, it } from "vitest";
import type { ConfiguredRoom } from "../src/config/config.ts";
import { ConfiguredRooms } from "../src/configured-rooms.ts";
import { OperationHarness } from "./operations/harness.ts";
import { eventually } from "./support/eventually.ts";

const OWNER = "crone1@shakespeare.example";
const LOBBY: ConfiguredRoom = {
  options: { name: "Lobby", membersOnly: true, password: "cauldronburn" },
  owners: [OWNER],
  admins: ["wiccarocks@shakespeare.example"],
  members: { "hag66@shakespeare.example": "thirdwitch", "hecate@shakespeare.example": "" },
  banned: ["macbeth@shakespeare.example"],
};

let service: OperationHarness;
let lines: unknown[];
let rooms: Record<string, ConfiguredRoom>;
let isFirst: boolean;
let configured: ConfiguredRooms;
beforeEach(() => {
  service = new OperationHarness();
  lines = [];
  rooms = { lobby: LOBBY };
  isFirst = true;
  const write = (line: string): void => {
    const { msg, level: _, time: __, ...facts } = JSON.parse(line);
    lines.push([msg, facts]);
  };
  configured = new ConfiguredRooms({
    rooms: () => rooms,
    operations: service.runner,
    isFirst: () => isFirst,
    log: pino({ base: null }, { write }),
  });
});

/** Compares, and returns the lines of the log. */
async function compare(count: number): Promise<unknown[]> {
  lines.length = 0;
  configured.request();
  await eventually(() => expect(lines.length).toBeGreaterThanOrEqual(count));
  await service.sent();
  return lines;
}

const lobby = () => service.result("room.show", { room: "lobby" });

describe("rooms of the configuration", () => {
  it("are created with their options, affiliations and reserved nicknames", async () => {
    expect(await compare(1)).toEqual([["created a room of the configuration", { room: "lobby" }]]);
    expect(await lobby()).toMatchObject({
      locked: false,
      configuration: { name: "Lobby", membersOnly: true, persistent: true },
      affiliations: [
        { user: OWNER, affiliation: "owner" },
        { user: "wiccarocks@shakespeare.example", affiliation: "admin" },
        { user: "hag66@shakespeare.example", affiliation: "member", nickname: "thirdwitch" },
        { user: "hecate@shakespeare.example", affiliation: "member" },
        { user: "macbeth@shakespeare.example", affiliation: "outcast" },
      ],
    });
  });

  it("get what differs, and keep what the configuration does not name", async () => {
    await compare(1);
    const changes = [
      { user: "hag66@shakespeare.example", affiliation: "none" },
      { user: "nurse@shakespeare.example", affiliation: "member" },
    ];
    await service.result("affiliations.set", { room: "lobby", changes });
    await service.result("room.configure", { room: "lobby", set: { name: "Hall", description: "Stone" } });
    expect(await compare(1)).toEqual([
      [
        "changed a room that differed from the configuration",
        { room: "lobby", options: ["name"], users: ["hag66@shakespeare.example"] },
      ],
    ]);
    expect(await lobby()).toMatchObject({
      configuration: { name: "Lobby", description: "Stone" },
      affiliations: expect.arrayContaining([
        expect.objectContaining({ user: "nurse@shakespeare.example", affiliation: "member" }),
        expect.objectContaining({ user: "hag66@shakespeare.example", nickname: "thirdwitch" }),
      ]),
    });
  });

  it("are left alone while nothing differs, and are never destroyed", async () => {
    await compare(1);
    await compare(0);
    expect(lines).toEqual([]);
    rooms = {};
    expect(await compare(1)).toEqual([
      ["a room is no longer in the configuration: it stays", { room: "lobby" }],
    ]);
    expect(await lobby()).toMatchObject({ room: "lobby@chat.example" });
  });

  it("are told of in the log if a rule refuses them", async () => {
    rooms = { lobby: { ...LOBBY, members: { "hag66@shakespeare.example": "x".repeat(2000) } } };
    const [[text, facts]] = (await compare(1)) as [[string, { err: { condition: string } }]];
    expect([text, facts.err.condition]).toEqual([
      "cannot create a room of the configuration",
      expect.stringMatching(/^(not-acceptable|bad-request|jid-malformed)$/),
    ]);
    expect((await service.refusal("room.show", { room: "lobby" }))[0]).toBe("item-not-found");
  });

  it("are the work of one process of a cluster", async () => {
    isFirst = false;
    configured.request();
    configured.stop();
    await service.sent();
    expect((await service.refusal("room.show", { room: "lobby" }))[0]).toBe("item-not-found");
  });
});
