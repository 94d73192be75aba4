// An erased account leaves no trace in the store (docs/operations.md, user erase).
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { SqliteStore } from "../../src/storage/sqlite/store.ts";
import { ADMIN, OperationHarness, ROOM } from "./harness.ts";

const OWNER = "crone1@shakespeare.example/desktop";
const ACCOUNT = "hag66@shakespeare.example";
const MEMBER = `${ACCOUNT}/pda`;
/** Another account, whose address has the other one in it. */
const LONGER = "im-hag66@shakespeare.example";
const HEATH = "heath@chat.example";
const CASTLE = "castle@chat.example";

let folder: string;
let service: OperationHarness;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "verona-erase-"));
  service = new OperationHarness({
    store: new SqliteStore(join(folder, "rooms.sqlite")),
    environment: {
      archive: { maxDays: 0, maxMessagesPerRoom: 0, privateMessages: true, presence: true },
    },
  });
  await fill();
});
afterEach(() => {
  service.store.close();
  rmSync(folder, { recursive: true });
});

const say = (from: string, room: string, body: string) =>
  service.send(from, `<message type="groupchat" to="${room}"><body>${body}</body></message>`);

/** Makes traces of all kinds. */
async function fill(): Promise<void> {
  for (const room of [ROOM, CASTLE]) await service.enter(OWNER, "firstwitch", room);
  await service.enter(MEMBER, "thirdwitch", HEATH);
  await service.enter(MEMBER, "thirdwitch");
  await service.enter(`${LONGER}/x`, "other");
  for (let number = 0; number < 130; number += 1) await say(MEMBER, ROOM, `Thrice ${number}`);
  await service.send(MEMBER, `<message type="groupchat" to="${HEATH}"><subject>Fire</subject></message>`);
  await say(OWNER, ROOM, `Write to ${ACCOUNT}, or to ${LONGER}.`);
  await service.send(OWNER, `<message type="chat" to="${ROOM}/thirdwitch"><body>Psst</body></message>`);
  await service.send(MEMBER, `<message type="chat" to="${ROOM}/firstwitch"><body>Hist</body></message>`);
  const member = { user: ACCOUNT, affiliation: "member", nickname: "thirdwitch" };
  const about = { user: "macbeth@x.example", affiliation: "outcast", reason: `says ${ACCOUNT}` };
  await service.result("affiliations.set", { room: ROOM, changes: [member, about] });
  await service.result("affiliations.set", {
    room: CASTLE,
    changes: [{ user: ACCOUNT, affiliation: "outcast" }],
  });
  await service.result("room.invite", { room: ROOM, users: [ACCOUNT, LONGER] });
  await service.result("room.configure", {
    room: ROOM,
    set: { contacts: [ACCOUNT, LONGER], description: `Ask ${ACCOUNT}` },
  });
  await service.result("room.create", { room: "moor", owners: [ACCOUNT], set: { membersOnly: true } });
  await service.result("room.destroy", { room: "moor" });
  await service.result("user.ban", { user: ACCOUNT, reason: `${ACCOUNT} spams` });
  await service.sent();
}

/** Returns the files that have a text. */
const filesWith = (text: string): string[] =>
  readdirSync(folder).filter((name) => readFileSync(join(folder, name)).includes(text));

const exported = async (account: string): Promise<{ kind: string; room?: string; data: object }[]> => {
  const outcome = await service.call("user.export", { account });
  if (outcome.kind !== "stream") return expect.fail(JSON.stringify(outcome));
  const lines: { kind: string; room?: string; data: object }[] = [];
  for await (const line of outcome.lines) lines.push(Object(line));
  return lines;
};

describe("user.export", () => {
  it("has everything about the account, and nothing about another one", async () => {
    const lines = await exported(ACCOUNT);
    const kinds = new Set(lines.map(({ kind }) => kind));
    expect(kinds).toEqual(new Set(["standing", "ban", "affiliation", "note", "message", "act"]));
    const messages = lines.filter(({ kind, room }) => kind === "message" && room === ROOM);
    const texts = messages.map(({ data }) => Object(data).text);
    expect(texts).toContain("Thrice 0");
    expect(texts).toContain("Thrice 129");
    expect(messages.map(({ data }) => Object(data).payload)).toContain("<body>Psst</body>");
    expect(lines).toContainEqual({
      kind: "affiliation",
      room: CASTLE,
      data: expect.objectContaining({ jid: ACCOUNT, affiliation: "outcast" }),
    });
    const other = await exported("hecate@shakespeare.example");
    expect(other).toEqual([]);
  });
});

describe("user.erase", () => {
  it("leaves no trace in the files, an export, a backup or the log", async () => {
    await service.result("user.ban", { user: "x.example" });
    expect(filesWith(ACCOUNT)).not.toEqual([]);
    const lines = service.log.length;
    const result = await service.result("user.erase", { account: "Hag66@shakespeare.example" });
    expect(result).toMatchObject({ rooms: 3, ownerless: [HEATH], elsewhere: [], isRewritten: true });
    const others = (text: string): string => text.replaceAll(LONGER, "");
    for (const name of readdirSync(folder))
      expect(others(readFileSync(join(folder, name), "latin1")), name).not.toContain(ACCOUNT);
    await service.result("backup", { file: join(folder, "copy.sqlite") });
    expect(others(readFileSync(join(folder, "copy.sqlite"), "latin1"))).not.toContain(ACCOUNT);
    expect((await exported(ACCOUNT)).filter(({ kind }) => kind !== "standing")).toEqual([]);
    expect(JSON.stringify(service.log.slice(lines))).not.toContain(ACCOUNT);
    for (const room of service.registry.all())
      expect(others(JSON.stringify([...room.notes]))).not.toContain(ACCOUNT);
    await service.expectKept();
  });

  it("puts tombstones in the place of its messages, without nickname, and keeps those of others", async () => {
    await service.result("user.erase", { account: ACCOUNT });
    const sent = await service.sent();
    expect(sent.filter((el) => el.getChild("retract") && el.attrs.to === OWNER)).toHaveLength(100);
    const all = { afterIds: [], beforeIds: [], extras: "all", fromEnd: false } as const;
    const messages = service.store.readArchive("coven", { ...all, max: 400 })?.messages ?? [];
    const tombstones = messages.filter(({ payload }) => payload.startsWith("<retracted "));
    expect(tombstones).toHaveLength(130);
    expect(new Set(tombstones.map(({ nick, jid, author }) => nick + jid + author))).toEqual(new Set([""]));
    const kept = messages.find(({ text }) => text?.startsWith("Write to"));
    expect(kept).toMatchObject({ text: `Write to [erased], or to ${LONGER}.`, nick: "firstwitch" });
    expect(JSON.stringify(messages)).not.toMatch(/Thrice|Psst|Hist|thirdwitch/);
    expect(service.store.readArchive("coven", { ...all, max: 9, words: "thrice" })?.messages).toEqual([]);
    expect(service.registry.get("coven")?.config).toMatchObject({
      contacts: [LONGER],
      description: "Ask [erased]",
    });
    expect(service.registry.get("heath")?.subject).toMatchObject({ text: "Fire", nick: "" });
  });

  it("keeps bans as a hash: of the service, and of a room", async () => {
    await service.result("user.erase", { account: ACCOUNT });
    const enter = async (jid: string, room: string) => {
      await service.sent();
      const sent = await service.send(
        jid,
        `<presence to="${room}/again"><x xmlns="http://jabber.org/protocol/muc"/></presence>`,
      );
      return sent.find(({ attrs }) => attrs.to === jid)?.attrs.type;
    };
    expect(await enter(MEMBER, ROOM)).toBe("error");
    await service.result("user.unban", { user: ACCOUNT });
    expect(await enter(MEMBER, ROOM)).toBeUndefined();
    expect(await enter(MEMBER, CASTLE)).toBe("error");
    await service.result("affiliations.set", {
      room: CASTLE,
      changes: [{ user: ACCOUNT, affiliation: "none" }],
    });
    expect(await enter(MEMBER, CASTLE)).toBeUndefined();
    await service.expectKept();
  });

  it("can leave the file as it is, and refuses administrators of the service", async () => {
    expect(await service.result("user.erase", { account: ACCOUNT, skipRewrite: true })).toMatchObject({
      isRewritten: false,
    });
    expect((await service.refusal("user.erase", { account: ADMIN }))[0]).toBe("not-allowed");
  });
});
