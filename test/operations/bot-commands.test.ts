// Commands of bots in the list of a room's ad-hoc commands (XEP-0050).
import { beforeEach, describe, expect, it } from "vitest";
import type { RoomEvent } from "../../src/events/room-event.ts";
import { NS } from "../../src/xmpp/namespaces.ts";
import { errorOf } from "../support/room-driver.ts";
import { OperationHarness, ROOM } from "./harness.ts";

const OWNER = "crone1@shakespeare.example/desktop";
const USER = "hag66@shakespeare.example/pda";
const NODE = "verona#bot/Paddock/croak";

let service: OperationHarness;
let told: RoomEvent[];
beforeEach(async () => {
  service = new OperationHarness();
  await service.enter(OWNER, "firstwitch");
  await service.enter(USER, "thirdwitch");
  await service.result("bot.create", { room: ROOM, nickname: "Paddock" });
  told = [];
  service.events.subscribe(
    { rooms: undefined, kinds: new Set(["command"] as const), reveal: false },
    (event) => told.push(event),
  );
});

const set = (commands: unknown[]) =>
  service.result("bot.commands", { room: ROOM, nickname: "Paddock", commands });

async function listed(from: string): Promise<(string | undefined)[]> {
  const query = `<query xmlns="${NS.discoItems}" node="${NS.commands}"/>`;
  const [reply] = await service.send(from, `<iq type="get" id="l" to="${ROOM}">${query}</iq>`);
  const items = reply?.getChild("query")?.getChildElements() ?? [];
  return items.flatMap(({ attrs }) => (attrs.node?.startsWith("verona#bot/") ? [attrs.name] : []));
}

async function run(from: string, form = "", node = NODE) {
  const command = `<command xmlns="${NS.commands}" node="${node}">${form}</command>`;
  const sent = await service.send(from, `<iq type="set" id="c" to="${ROOM}">${command}</iq>`);
  return sent.find(({ attrs }) => attrs.id === "c");
}

const text = (value: string) =>
  `<x xmlns="${NS.dataForms}" type="submit"><field var="FORM_TYPE"><value>verona#bot</value></field><field var="text"><value>${value}</value></field></x>`;

describe("a command of a bot", () => {
  it("is listed for those whom the bot means, described, and an event when it is run", async () => {
    await set([
      { name: "croak", title: "Croak" },
      { name: "leap", title: "Leap", for: "moderators" },
    ]);
    expect(await listed(USER)).toEqual(["Paddock: Croak"]);
    expect(await listed(OWNER)).toEqual(["Paddock: Croak", "Paddock: Leap"]);
    expect(await listed("stranger@other.example/pda")).toEqual([]);
    const info = `<query xmlns="${NS.discoInfo}" node="${NODE}"/>`;
    const [described] = await service.send(USER, `<iq type="get" id="d" to="${ROOM}">${info}</iq>`);
    expect(described?.getChild("query")?.getChild("identity")?.attrs.name).toBe("Paddock: Croak");
    const reply = await run(USER);
    expect(reply?.getChild("command")?.attrs.status).toBe("completed");
    expect(told).toMatchObject([
      {
        ...{ kind: "command", bot: "Paddock", command: "croak", room: ROOM },
        ...{ affiliation: "none", role: "participant" },
        by: { nickname: "thirdwitch", occupantId: expect.any(String) },
      },
    ]);
    expect(told[0]).not.toHaveProperty("by.jid");
    expect(told[0]).not.toHaveProperty("text");
  });

  it("asks for a text, if the bot does", async () => {
    await set([{ name: "croak", title: "Croak", asks: "How often?" }]);
    const form = (await run(USER))?.getChild("command");
    expect(form?.attrs.status).toBe("executing");
    expect(form?.getChild("x")?.getChildren("field").at(-1)?.attrs.label).toBe("How often?");
    await run(USER, text("Thrice"));
    expect(told).toMatchObject([{ command: "croak", text: "Thrice" }]);
    expect(errorOf(await run(USER, text("x".repeat(10_000))))).toBe("modify/not-acceptable");
  });

  it("is refused to others, and to all when the bot is removed", async () => {
    await set([{ name: "croak", title: "Croak", for: "members" }]);
    expect(errorOf(await run(USER))).toBe("cancel/forbidden");
    expect(errorOf(await run("stranger@other.example/pda"))).toBe("cancel/forbidden");
    await service.result("bot.remove", { room: ROOM, nickname: "Paddock" });
    expect(errorOf(await run(OWNER))).toBe("cancel/item-not-found");
    expect(told).toEqual([]);
  });

  it("of a silenced user reaches nobody, which the user is not told", async () => {
    await set([{ name: "croak", title: "Croak" }]);
    await service.result("room.silence", { room: ROOM, user: "thirdwitch" });
    expect((await run(USER))?.getChild("command")?.attrs.status).toBe("completed");
    expect(told).toEqual([]);
  });
});

describe("bot.commands", () => {
  it("refuses a bot that is not there, and a name twice", async () => {
    const commands = [{ name: "croak", title: "Croak" }];
    expect((await service.refusal("bot.commands", { room: ROOM, nickname: "Nobody", commands }))[0]).toBe(
      "item-not-found",
    );
    const twice = { room: ROOM, nickname: "Paddock", commands: [...commands, ...commands] };
    expect((await service.refusal("bot.commands", twice))[0]).toBe("bad-request");
  });
});
