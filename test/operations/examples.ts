// A small populated service, and a call of each operation that succeeds in it.
import { NS } from "../../src/xmpp/namespaces.ts";
import { OperationHarness, ROOM } from "./harness.ts";

const OWNER = "crone1@shakespeare.example";
const USER = "hag66@shakespeare.example";
const HEATH = "heath@chat.example";

/** Parameters by operation. A text that begins with "@" names a value of the populated service. */
export const EXAMPLES: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  status: {},
  counters: {},
  announce: { text: "Double, double toil and trouble" },
  "service.reload": {},
  "log.level": { level: "info" },
  "token.create": { token: "y", scope: "read" },
  "token.list": {},
  "token.revoke": { token: "x" },
  "webhook.create": { webhook: "y", url: "http://127.0.0.1:9/" },
  "webhook.list": {},
  "webhook.show": { webhook: "x" },
  "webhook.remove": { webhook: "x" },
  "webhook.dead-letters": { webhook: "x" },
  "webhook.retry": { webhook: "x" },
  "rooms.list": { search: "o", max: 2 },
  "rooms.unused": { days: 1 },
  "rooms.destroy-unused": { days: 1 },
  "room.show": { room: ROOM },
  "room.create": { room: "cave", owners: [OWNER] },
  "room.configure": { room: ROOM, set: { name: "Cave", maxUsers: 30, membersOnly: false } },
  "room.rename": { room: ROOM, to: "cave" },
  "room.destroy": { room: ROOM, reason: "Macbeth doth come" },
  "affiliations.set": { room: ROOM, changes: [{ user: USER, affiliation: "member" }] },
  "role.set": { room: ROOM, nickname: "thirdwitch", role: "visitor" },
  "occupant.kick": { room: ROOM, nickname: "thirdwitch" },
  "room.invite": { room: ROOM, users: ["wiccarocks@shakespeare.example"] },
  "subject.set": { room: ROOM, subject: "Fire Burn" },
  "message.send": { room: ROOM, text: "Harpier cries" },
  "messages.list": { room: ROOM, max: 1 },
  "bot.create": { room: ROOM, nickname: "Graymalkin" },
  "bot.list": { room: ROOM },
  "bot.commands": { room: HEATH, nickname: "Paddock", commands: [{ name: "croak", title: "Croak" }] },
  "bot.remove": { room: HEATH, nickname: "Paddock" },
  "bot.say": { room: HEATH, text: "Anon", secret: "@bot" },
  "archive.purge": { room: ROOM },
  "room.mute": { room: ROOM, user: "thirdwitch", minutes: 5 },
  "room.unmute": { room: HEATH, user: "thirdwitch" },
  "room.ban": { room: ROOM, user: USER, messages: "hour" },
  "room.remove-messages": { room: ROOM, user: USER },
  "room.silence": { room: ROOM, user: USER },
  "room.unsilence": { room: HEATH, user: USER },
  "room.lock-down": { room: ROOM, effect: "refuse" },
  "room.end-lock-down": { room: HEATH },
  "room.members-only": { room: ROOM },
  "queue.list": { max: 1 },
  "reports.list": { room: ROOM },
  "report.close": { room: ROOM, report: "@report", decision: "dismiss" },
  "held.list": { room: ROOM },
  "held.decide": { room: ROOM, message: "@held", decision: "pass" },
  "acts.list": { of: ROOM, max: 1 },
  "user.rooms": { user: USER },
  "user.export": { account: USER },
  "user.erase": { account: USER },
  "user.ban": { user: USER },
  "user.unban": { user: "spam.example" },
  "bans.list": {},
  "blocklists.show": {},
};

export interface Populated {
  readonly service: OperationHarness;
  /** Returns the parameters of the example of an operation. */
  example(name: string): Record<string, unknown>;
}

/** Makes a service with three rooms: one with a report and a held message, one with measures, an empty one. */
export async function populated(): Promise<Populated> {
  const service = new OperationHarness();
  for (const room of [ROOM, HEATH]) {
    await service.enter(`${OWNER}/desktop`, "firstwitch", room);
    await service.enter(`${USER}/pda`, "thirdwitch", room);
    await say(service, room, "Thrice");
  }
  await service.result("room.create", { room: "moor", owners: ["macbeth@other.example"] });
  await service.result("token.create", { token: "x", scope: "read" });
  await service.result("user.ban", { user: "spam.example" });
  await service.result("webhook.create", { webhook: "x", url: "http://127.0.0.1:9/" });
  const bot = await service.result("bot.create", { room: HEATH, nickname: "Paddock" });
  await service.result("room.mute", { room: "heath", user: "thirdwitch" });
  await service.result("room.silence", { room: "heath", user: "thirdwitch" });
  await service.result("room.lock-down", { room: "heath" });
  await report(service, await say(service, ROOM, "spam"));
  await service.result("room.configure", { room: ROOM, set: { strangerLinks: "hold" } });
  await say(service, ROOM, "https://spam.example/");
  await service.result("room.configure", { room: ROOM, set: { strangerLinks: "allow" } });
  const values: Record<string, string> = {
    "@bot": secretIn(bot),
    "@report": await keyOf(service, "reports.list", "reports", "report"),
    "@held": await keyOf(service, "held.list", "messages", "message"),
  };
  return {
    service,
    example: (name) =>
      Object.fromEntries(
        Object.entries(EXAMPLES[name] ?? {}).map(([key, value]) => [key, values[String(value)] ?? value]),
      ),
  };
}

/** Lets the participant speak. Returns the ids of the message and its author. */
async function say(service: OperationHarness, room: string, text: string) {
  const sent = await service.send(
    `${USER}/pda`,
    `<message type="groupchat" to="${room}"><body>${text}</body></message>`,
  );
  const copy = sent.find((stanza) => stanza.getChild("stanza-id"));
  return [copy?.getChild("stanza-id")?.attrs.id, copy?.getChild("occupant-id")?.attrs.id];
}

async function report(service: OperationHarness, [id, author]: (string | undefined)[]): Promise<void> {
  const evidence = `<stanza-id xmlns="${NS.stanzaId}" by="${ROOM}" id="${id}"/>`;
  const content = `<occupant-id xmlns="${NS.occupantId}" id="${author}"/><report xmlns="${NS.reporting}" reason="urn:xmpp:reporting:spam">${evidence}</report>`;
  const request = `<report-participant xmlns="${NS.groupReport}">${content}</report-participant>`;
  await service.send(`${OWNER}/desktop`, `<iq type="set" id="r" to="${ROOM}">${request}</iq>`);
}

async function keyOf(service: OperationHarness, name: string, list: string, key: string): Promise<string> {
  const result = (await service.result(name, { room: ROOM })) as Record<string, Record<string, string>[]>;
  return result[list]?.[0]?.[key] ?? "";
}

/** Returns the part of a bot's path after the dot. */
const secretIn = (bot: unknown): string => /\.([^./"]+)\/messages/.exec(JSON.stringify(bot))?.[1] ?? "";
