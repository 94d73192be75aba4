import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Act, ActQuery } from "../../src/muc/model/act.ts";
import type { ArchivePage, ArchiveQuery } from "../../src/muc/model/archive-query.ts";
import type {
  AffiliationRecord,
  JournalEntry,
  RoomRecord,
  SessionRecord,
} from "../../src/muc/model/journal.ts";
import type { ListQuery } from "../../src/muc/model/records.ts";
import { DEFAULT_ROOM_CONFIG, type RoomConfig } from "../../src/muc/model/room-config.ts";
import { type ErasePlace, FIRST_PLACE } from "../../src/storage/account-table.ts";
import type { ApiToken } from "../../src/storage/api-table.ts";
import {
  type RetentionLimits,
  type RetentionStep,
  type RetentionWork,
  StorageError,
  type Store,
} from "../../src/storage/store.ts";
import { archived, heath, member, message, owner, room, session, whisper } from "./records.ts";
import { IMPORTED_CASES, VERSION_CASES, type VersionCase } from "./version-cases.ts";

const DAY = 86_400_000;

const ALL: ArchiveQuery = { afterIds: [], beforeIds: [], max: 100, fromEnd: false };

/** Tests a store. `open` returns it empty. */
export function describeStore(name: string, open: () => Store | Promise<Store>): void {
  describe(`a store in ${name}`, () => {
    let store: Store;
    beforeEach(async () => {
      store = await open();
    });
    afterEach(() => store.close());

    const commit = async (...entries: JournalEntry[]): Promise<void> => store.commit(entries);
    const stored = async (node = "coven"): Promise<RoomRecord | undefined> => store.loadRoom(node);

    describe("tokens of the HTTP API", () => {
      const token = (id: string, name: string): ApiToken => ({
        ...{ id, name, hash: "ab".repeat(32), scope: "read", rooms: undefined },
        ...{ created: 1_000, expires: undefined, used: undefined },
      });
      const full: ApiToken = { ...token("2", "b"), rooms: ["coven", "heath"], expires: 2_000, used: 1_500 };

      it("are kept under their names, each of which only one has", async () => {
        expect(await store.addApiToken(full)).toBe(true);
        expect(await store.addApiToken(token("1", "a"))).toBe(true);
        expect(await store.addApiToken(token("3", "a"))).toBe(false);
        expect(await store.apiTokens()).toEqual([token("1", "a"), full]);
        expect(await store.removeApiToken("b")).toBe(true);
        expect(await store.removeApiToken("b")).toBe(false);
        expect(await store.apiTokens()).toEqual([token("1", "a")]);
      });

      it("know when they were used", async () => {
        await store.addApiToken(token("1", "a"));
        await store.useApiToken("1", 9_000);
        expect(await store.apiTokens()).toEqual([{ ...token("1", "a"), used: 9_000 }]);
      });

      it("begin a request once under each key, and keep its answer", async () => {
        for (const id of ["1", "2"]) await store.addApiToken(token(id, id));
        const key = { token: "1", key: "k" };
        const answer = { status: 201, body: '{"a":1}' };
        expect(await store.beginApiRequest(key, "hash", 1)).toBeUndefined();
        expect(await store.beginApiRequest(key, "other", 2)).toEqual({ request: "hash", answer: undefined });
        await store.answerApiRequest(key, answer);
        expect(await store.beginApiRequest(key, "hash", 3)).toEqual({ request: "hash", answer });
        expect(await store.beginApiRequest({ token: "2", key: "k" }, "hash", 3)).toBeUndefined();
        await store.forgetApiRequest(key);
        expect(await store.beginApiRequest(key, "other", 4)).toBeUndefined();
      });

      it("forget requests that are old, too many, or of a revoked token", async () => {
        for (const id of ["1", "2"]) await store.addApiToken(token(id, id));
        const begin = async (id: string, key: string, at = 10) =>
          store.beginApiRequest({ token: id, key }, "hash", at);
        for (const key of ["a", "b", "c"]) await begin("1", key);
        await begin("2", "a");
        await begin("2", "b", 2);
        await store.trimApiRequests(3, 2);
        expect(await begin("2", "a")).toBeDefined();
        expect(await begin("2", "b")).toBeUndefined();
        expect(await begin("1", "c")).toBeDefined();
        expect(await begin("1", "b")).toBeDefined();
        expect(await begin("1", "a")).toBeUndefined();
        await store.removeApiToken("1");
        await store.addApiToken(token("1", "1"));
        expect(await begin("1", "c")).toBeUndefined();
      });
    });

    describe("blocklists", () => {
      const read = async (list: string, after = 0, most = 100) => store.readBlocklist(list, after, most);
      const hashes = async (list: string, after = 0, most = 100): Promise<string[]> =>
        (await read(list, after, most)).map(({ hash, isRemoved }) => (isRemoved ? `-${hash}` : hash));

      it("are read from a version on, each list alone, in pages", async () => {
        await store.changeBlocklist("a", ["1", "2", "3"], []);
        await store.changeBlocklist("b", ["1"], []);
        expect(await hashes("a", 0, 2)).toEqual(["1", "2"]);
        const [, second] = await read("a");
        expect(await hashes("a", second?.version)).toEqual(["3"]);
        expect(await hashes("b")).toEqual(["1"]);
        expect(await hashes("c")).toEqual([]);
      });

      it("tell what was removed and added again, as the latest change", async () => {
        await store.changeBlocklist("a", ["1", "2"], []);
        const version = (await read("a")).at(-1)?.version;
        await store.changeBlocklist("a", [], ["1"]);
        expect(await hashes("a", version)).toEqual(["-1"]);
        await store.changeBlocklist("a", ["1"], ["2"]);
        expect(await hashes("a", version)).toEqual(["1", "-2"]);
      });

      it("forget removed hashes before a version, and other lists, some at a time", async () => {
        await store.changeBlocklist("a", ["1", "2", "3"], []);
        await store.changeBlocklist("a", [], ["1"]);
        const version = (await read("a")).at(-1)?.version ?? 0;
        await store.changeBlocklist("a", [], ["2"]);
        await store.changeBlocklist("b", ["1", "2"], []);
        expect(await store.trimBlocklists(["a", "b"], version + 1, 10)).toBe(1);
        expect(await hashes("a")).toEqual(["3", "-2"]);
        expect(await store.trimBlocklists(["a"], 0, 1)).toBe(1);
        expect(await store.trimBlocklists(["a"], 0, 10)).toBe(1);
        expect([await hashes("a"), await hashes("b")]).toEqual([["3", "-2"], []]);
      });
    });

    describe("webhooks", () => {
      const event = (number: number, hook = "a"): JournalEntry => {
        const body = JSON.stringify({ number, text: "Harpier cries \u{1f438}\0\ud800" });
        return { kind: "event-queued", hook, event: `e${number}`, at: number, body };
      };
      const hook = (id = "a"): JournalEntry => ({ kind: "webhook-stored", id, settings: `{"of":"${id}"}` });
      const events = async (id = "a", isDead = false, after = 0, most = 100): Promise<string[]> =>
        (await store.readDeliveries(id, isDead, after, most)).map((each) => each.event);

      it("are given back as they were stored, with the last settings and status", async () => {
        await commit(hook("b"), hook());
        await store.setWebhookStatus("a", '{"failures":1}');
        await commit({ kind: "webhook-stored", id: "a", settings: '{"of":"all"}' });
        expect(await store.readWebhooks()).toEqual([
          { id: "a", settings: '{"of":"all"}', status: '{"failures":1}' },
          { id: "b", settings: '{"of":"b"}', status: "{}" },
        ]);
      });

      it("keep events in the order of commits, each hook alone, until they are removed", async () => {
        await commit(hook(), hook("b"), { kind: "room-stored", room });
        await commit(event(1), archived("coven", message(1)), event(2), event(3, "b"));
        await commit(event(4));
        expect(await events()).toEqual(["e1", "e2", "e4"]);
        const [first, second] = await store.readDeliveries("a", false, 0, 2);
        expect(first).toMatchObject({ event: "e1", at: 1, error: undefined });
        expect(JSON.parse(first?.body ?? "")).toMatchObject({ number: 1 });
        expect(await events("a", false, first?.id, 1)).toEqual(["e2"]);
        const bytes = Buffer.byteLength(first?.body ?? "");
        expect(await store.countDeliveries("a")).toEqual({ waiting: 3, bytes: 3 * bytes, dead: 0 });
        await store.removeDeliveries([first?.id ?? 0, second?.id ?? 0]);
        expect(await events()).toEqual(["e4"]);
        expect(await events("b")).toEqual(["e3"]);
        await store.removeDeliveries([]);
      });

      it("lose their events when they are removed, and get none afterwards", async () => {
        await commit(hook(), event(1));
        await commit({ kind: "webhook-removed", id: "a" }, event(2), event(3, "never"));
        await commit(hook());
        expect(await events()).toEqual([]);
        expect(await events("never")).toEqual([]);
      });

      it("have dead letters, which go back into the queue in their order, or are removed", async () => {
        await commit(hook(), ...[1, 2, 3, 4, 5].map((number) => event(number)));
        expect(await store.buryDeliveries("a", 4, 2, "too old")).toBe(2);
        expect(await store.buryDeliveries("a", 4, 2, "too old")).toBe(1);
        expect(await events("a", true)).toEqual(["e1", "e2", "e3"]);
        expect((await store.readDeliveries("a", true, 0, 1))[0]?.error).toBe("too old");
        expect(await store.countDeliveries("a")).toMatchObject({ waiting: 2, dead: 3 });
        expect(await store.trimDeadLetters("a", 0, 3)).toBe(0);
        expect(await store.trimDeadLetters("a", 0, 2)).toBe(1);
        expect(await store.trimDeadLetters("a", 3, 9)).toBe(1);
        expect(await store.reviveDeliveries("a")).toBe(1);
        expect(await events()).toEqual(["e3", "e4", "e5"]);
        expect((await store.readDeliveries("a", false, 0, 1))[0]?.error).toBeUndefined();
      });
    });

    describe("records of acts", () => {
      const recorded = (node: string, at: number, act: Partial<Act> = {}): JournalEntry => ({
        ...{ kind: "act-recorded", node },
        act: { at, kind: "kicked", by: owner.jid, ...act },
      });
      const times = async (query: Partial<ActQuery> = {}): Promise<number[]> =>
        (await store.readActs({ max: 100, ...query })).map(({ at }) => at);

      it("are given back as they were stored, the newest first, with the room or none", async () => {
        const whole = { target: "hag66@b.example", reason: "flood", rule: "rate", detail: "an hour" };
        await commit({ kind: "room-stored", room }, recorded("coven", 1, { kind: "banned", ...whole }));
        await commit(recorded("", 2, { kind: "announced", by: undefined }));
        const [last, first] = await store.readActs({ max: 2 });
        expect(first).toEqual({
          id: first?.id,
          node: "coven",
          at: 1,
          kind: "banned",
          by: owner.jid,
          ...whole,
        });
        expect(last).toMatchObject({ node: "", at: 2, kind: "announced", by: undefined, target: undefined });
        expect(last?.id).toBeGreaterThan(first?.id ?? Number.NaN);
      });

      it("are read page by page, of one room or of all, also of a room that is no more", async () => {
        await commit({ kind: "room-stored", room }, recorded("coven", 1), recorded("heath", 2));
        await commit(recorded("coven", 3), { kind: "room-removed", node: "coven" });
        expect(await times()).toEqual([3, 2, 1]);
        expect(await times({ node: "coven" })).toEqual([3, 1]);
        const [{ id: before } = { id: 0 }] = await store.readActs({ node: "coven", max: 1 });
        expect(await times({ node: "coven", before })).toEqual([1]);
        expect(await times({ before, max: 1 })).toEqual([2]);
      });

      it("of an earlier room of the same name are left out for the owners of the later one", async () => {
        const created = (at: number): JournalEntry => recorded("coven", at, { kind: "room-created" });
        await commit(created(1), recorded("coven", 2), created(3), recorded("coven", 4));
        expect(await times({ node: "coven", sinceCreation: true })).toEqual([4, 3]);
        expect(await times({ node: "coven" })).toEqual([4, 3, 2, 1]);
        await commit(recorded("heath", 5));
        expect(await times({ node: "heath", sinceCreation: true })).toEqual([5]);
      });

      it("are removed from the oldest on, by their age, a few at a time", async () => {
        await commit(...[1, 2, 3, 4].map((at) => recorded("coven", at)));
        expect(await store.removeActs(4, 2)).toBe(2);
        expect(await times()).toEqual([4, 3]);
        expect(await store.removeActs(4, 2)).toBe(1);
        expect(await store.removeActs(4, 2)).toBe(0);
        expect(await times()).toEqual([4]);
      });

      it("keep no character that a database refuses", async () => {
        await commit(recorded("coven", 1, { reason: "a\ud800b" }));
        expect((await store.readActs({ max: 1 }))[0]?.reason).toMatch(/^a.b$/);
      });
    });

    describe("rooms", () => {
      it("are given back as they were stored", async () => {
        await commit({ kind: "room-stored", room }, { kind: "room-stored", room: heath });
        expect(await stored("coven")).toEqual(room);
        expect(await stored("heath")).toEqual(heath);
        expect(await stored("nowhere")).toBeUndefined();
        expect(await store.countRooms()).toBe(2);
      });

      it("are counted by the domains of those who have made them", async () => {
        const made = (node: string, creator: string) =>
          ({ kind: "room-stored", room: { ...room, node, notes: new Map([["creator", creator]]) } }) as const;
        await commit(made("a", "hag@b.example"), made("b", "crone@b.example"), made("c", "irc.example"));
        await commit({ kind: "room-stored", room: heath });
        const counts = await store.countRoomsByDomain();
        expect([counts.get("b.example"), counts.get("irc.example"), counts.size]).toEqual([2, 1, 2]);
        await commit({ kind: "room-removed", node: "b" }, { kind: "room-removed", node: "c" });
        expect(await store.countRoomsByDomain()).toEqual(new Map([["b.example", 1]]));
        await commit(made("a", "weird@c.example"));
        expect(await store.countRoomsByDomain()).toEqual(new Map([["c.example", 1]]));
      });

      it("change in configuration, lock, subject and affiliations", async () => {
        await commit(
          { kind: "room-stored", room: { ...room, locked: true } },
          { kind: "config-changed", node: "coven", config: DEFAULT_ROOM_CONFIG, locked: false },
          { kind: "subject-changed", node: "coven", subject: undefined },
          { kind: "affiliation-changed", node: "coven", record: member },
          { kind: "affiliation-changed", node: "coven", record: { ...owner, affiliation: "none" } },
        );
        const changed = { config: DEFAULT_ROOM_CONFIG, subject: undefined, affiliations: [member] };
        expect(await stored()).toEqual({ ...room, ...changed });
      });

      it("have an affiliation with its reason, reserved nickname and end replaced as a whole", async () => {
        const until = 1_900_000_000_000;
        const outcast = {
          ...owner,
          affiliation: "outcast",
          reason: "Treason",
          nick: undefined,
          until,
        } as const;
        await commit(
          { kind: "room-stored", room },
          { kind: "affiliation-changed", node: "coven", record: outcast },
        );
        expect((await stored())?.affiliations).toEqual([outcast]);
      });

      it("keep no affiliation 'none'", async () => {
        const nobody: AffiliationRecord = { ...member, affiliation: "none" };
        await commit({ kind: "room-stored", room: { ...room, affiliations: [owner, nobody] } });
        expect((await stored())?.affiliations).toEqual([owner]);
      });

      it("keep, replace and forget what single concerns note", async () => {
        await commit(
          { kind: "room-stored", room },
          { kind: "note-changed", node: "coven", name: "occupant-id", text: undefined },
          { kind: "note-changed", node: "coven", name: "avatar", text: "one" },
          { kind: "note-changed", node: "coven", name: "avatar", text: "two" },
        );
        expect((await stored())?.notes).toEqual(new Map([["avatar", "two"]]));
      });

      it("keep their clients in the order of the last presence", async () => {
        const other: SessionRecord = { ...session, jid: "hag66@example.org/pda", nick: "thirdwitch" };
        const again: SessionRecord = { ...session, role: "participant", payload: "" };
        await commit(
          { kind: "room-stored", room },
          { kind: "session-stored", node: "coven", session: other },
          { kind: "session-stored", node: "coven", session: again },
        );
        expect((await stored())?.sessions).toEqual([other, again]);
        await commit({ kind: "session-removed", node: "coven", jid: other.jid });
        expect((await stored())?.sessions).toEqual([again]);
      });

      it("are replaced when they are stored again", async () => {
        await commit({ kind: "room-stored", room }, archived("coven", message(1)));
        const anew: RoomRecord = { ...room, subject: undefined, affiliations: [member], notes: new Map() };
        await commit({ kind: "room-stored", room: anew });
        expect(await stored()).toEqual(anew);
        expect(await store.latestDiscussion("coven", 10)).toEqual([]);
      });

      it("are apart from each other", async () => {
        await commit(
          { kind: "room-stored", room },
          { kind: "room-stored", room: { ...heath, affiliations: [owner] } },
          { kind: "affiliation-changed", node: "heath", record: { ...owner, affiliation: "none" } },
        );
        expect(await stored("coven")).toEqual(room);
        expect(await stored("heath")).toEqual(heath);
      });

      it("are forgotten with all they had, also those that never were", async () => {
        await commit({ kind: "room-stored", room }, archived("coven", message(1)));
        await commit({ kind: "room-removed", node: "coven" }, { kind: "room-removed", node: "heath" });
        expect(await stored()).toBeUndefined();
        const anew = { ...room, affiliations: [], sessions: [], notes: new Map<string, string>() };
        await commit({ kind: "room-stored", room: anew });
        expect(await stored()).toEqual(anew);
        expect(await store.readArchive("coven", ALL)).toEqual({ messages: [], complete: true });
      });

      it("with somebody in them are known", async () => {
        await commit({ kind: "room-stored", room }, { kind: "room-stored", room: heath });
        expect(await store.occupiedRooms()).toEqual(["coven"]);
        await commit({ kind: "session-removed", node: "coven", jid: session.jid });
        expect(await store.occupiedRooms()).toEqual([]);
      });

      it("that were destroyed are known, with where they moved to if they did", async () => {
        const venue = "coven@x.example";
        const destroyed = { node: "heath", venue, reason: undefined, members: undefined, until: 1 };
        const told = { ...destroyed, node: "cave", reason: "flood", members: ["hag66@example.org"] };
        const ended = { ...destroyed, node: "moor", venue: undefined };
        await commit(
          { kind: "room-destroyed", destroyed },
          { kind: "room-destroyed", destroyed: told },
          { kind: "room-destroyed", destroyed: ended },
          { kind: "room-destroyed", destroyed: { ...destroyed, until: 2 } },
          { kind: "room-destroyed", destroyed: { ...destroyed, node: "cliff" } },
          { kind: "destroyed-room-forgotten", node: "cliff" },
        );
        const known = await store.loadDestroyedRooms();
        expect(known).toHaveLength(3);
        expect(known).toEqual(expect.arrayContaining([told, ended, { ...destroyed, until: 2 }]));
        expect(await store.countRooms()).toBe(0);
      });

      it("are listed where they are public and configured, page by page", async () => {
        const hidden: RoomRecord = { ...heath, node: "b", config: { ...room.config, public: false } };
        for (const each of [{ ...heath, node: "c" }, hidden, { ...heath, node: "a" }, room])
          await commit({ kind: "room-stored", room: each });
        await commit({ kind: "room-stored", room: { ...heath, node: "locked", locked: true } });
        const names = async (after: string) =>
          (await store.listRooms({ after, max: 2 })).map(({ node }) => node);
        expect(await names("")).toEqual(["a", "c"]);
        expect(await names("c")).toEqual(["coven"]);
        const second = { ...session, jid: "crone1@example.org/phone" };
        await commit({ kind: "session-stored", node: "coven", session: second });
        const [listed] = await store.listRooms({ after: "c", max: 1 });
        expect(listed).toMatchObject({ node: "coven", config: { name: room.config.name }, users: 1 });
        expect(await store.nodes("b", 3)).toEqual(["c", "coven", "locked"]);
      });

      it("are read as strangers see them where they are public and configured", async () => {
        const hidden: RoomRecord = { ...heath, node: "b", config: { ...room.config, public: false } };
        await commit({ kind: "room-stored", room: hidden }, { kind: "room-stored", room });
        await commit({ kind: "room-stored", room: { ...heath, node: "locked", locked: true } });
        for (const node of ["b", "locked", "never"]) expect(await store.publicRoom(node)).toBeUndefined();
        const { config, subject } = room;
        const shown = { node: "coven", config, subject, users: room.sessions.length > 0 ? 1 : 0 };
        expect(await store.publicRoom("coven")).toEqual({ ...shown, logNote: undefined });
        const note = { kind: "note-changed", node: "coven", name: "logged-since" } as const;
        await commit({ ...note, text: "12345" });
        expect(await store.publicRoom("coven")).toEqual({ ...shown, logNote: "12345" });
        await commit(
          { ...note, text: undefined },
          { kind: "subject-changed", node: "coven", subject: undefined },
        );
        expect(await store.publicRoom("coven")).toEqual({ ...shown, subject: undefined, logNote: undefined });
      });

      it("are listed after a node, before one or from an index on, and counted", async () => {
        for (const node of ["a", "c", "coven"])
          await commit({ kind: "room-stored", room: { ...heath, node } });
        const names = async (query: ListQuery) => (await store.listRooms(query)).map(({ node }) => node);
        expect(await names({ max: 2 })).toEqual(["a", "c"]);
        expect(await names({ after: "bb", max: 2 })).toEqual(["c", "coven"]);
        expect(await names({ before: "coven", max: 1 })).toEqual(["c"]);
        expect(await names({ before: "\u{10ffff}", max: 2 })).toEqual(["c", "coven"]);
        expect(await names({ index: 1, max: 1 })).toEqual(["c"]);
        expect(await names({ index: 9, max: 1 })).toEqual([]);
        const counted = [
          await store.countListed(),
          await store.countListed("c"),
          await store.countListed(""),
        ];
        expect(counted).toEqual([3, 1, 0]);
      });

      it("leave the list and come into it when their configuration or lock changes", async () => {
        const [shown, hidden] = [room.config, { ...room.config, public: false }];
        const change = (node: string, config: RoomConfig, locked = false) =>
          ({ kind: "config-changed", node, config, locked }) as const;
        await commit(
          { kind: "room-stored", room: { ...heath, node: "a" } },
          { kind: "room-stored", room: { ...heath, node: "b", config: hidden } },
          { kind: "room-stored", room: { ...heath, node: "c", locked: true } },
          ...[
            change("a", hidden),
            change("b", shown),
            change("c", shown),
            change("c", { ...shown, name: "C" }),
          ],
        );
        expect((await store.listRooms({ max: 9 })).map(({ node }) => node)).toEqual(["b", "c"]);
        expect(await store.countListed()).toBe(2);
        await commit({ kind: "room-stored", room: { ...heath, node: "b", config: hidden } });
        await commit({ kind: "room-removed", node: "c" }, { kind: "room-removed", node: "never" });
        expect(await store.countListed()).toBe(0);
      });

      it("are found by parts of the words of their name, description and node, if they are not too many", async () => {
        const config = { ...room.config, name: "Die große Höhle: 100%", description: "Für “Hexen”\nund 猫" };
        const hidden = { ...heath, node: "secret", config: { ...config, public: false } };
        await commit({ kind: "room-stored", room: { ...heath, node: "b", config } });
        await commit({ kind: "room-stored", room: { ...heath, node: "a", config: { ...config, name: "" } } });
        await commit({ kind: "room-stored", room: hidden });
        const found = async (...words: string[]) =>
          (await store.findRooms(words, 2))?.map(({ node }) => node).join(" ");
        expect(await found("höhle")).toBe("b");
        expect(await found("große", "exen”", "100%")).toBe("b");
        expect([await found("“"), await found("n"), await found("猫"), await found("nd")]).toEqual(
          Array(4).fill("a b"),
        );
        expect([await found("höhlen"), await found("hohle"), await found("secret")]).toEqual(["", "", ""]);
        await commit({ kind: "room-stored", room: { ...heath, node: "c", config } });
        expect([await found("hexen"), await found("hexen", "höhle")]).toEqual([undefined, "b c"]);
        await commit({
          kind: "config-changed",
          node: "c",
          config: { ...config, name: "Heide" },
          locked: false,
        });
        await commit({
          kind: "config-changed",
          node: "a",
          config: { ...config, public: false },
          locked: false,
        });
        await commit({ kind: "room-removed", node: "b" });
        expect([await found("hexen"), await found("heide"), await found("höhle")]).toEqual(["c", "c", ""]);
      });

      it("are thousands, and each has its place", async () => {
        const nodes = Array.from({ length: 2_500 }, (_, index) => `room${String(index).padStart(5, "0")}`);
        // 1 001 is prime to their number, so that this is all of them in another order.
        const shuffled = nodes.map((_, index) => nodes[(index * 1_001) % nodes.length] ?? "");
        for (let from = 0; from < nodes.length; from += 500)
          await commit(
            ...shuffled
              .slice(from, from + 500)
              .map((node) => ({ kind: "room-stored", room: { ...room, node } }) as const),
          );
        const expectPlaces = async (expected: readonly string[]) => {
          expect(await store.countListed()).toBe(expected.length);
          for (const place of [0, 1, 499, 500, 501, 999, 1_000, 1_200, expected.length - 1]) {
            expect(await store.countListed(expected[place])).toBe(place);
            const page = await store.listRooms({ index: place, max: 3 });
            expect(page.map(({ node }) => node)).toEqual(expected.slice(place, place + 3));
          }
        };
        await expectPlaces(nodes);
        const kept = nodes.filter((_, index) => index < 400 || index > 1_500);
        for (const node of nodes.filter((each) => !kept.includes(each)))
          await commit({ kind: "room-removed", node });
        await expectPlaces(kept);
        expect(await store.countRooms()).toBe(kept.length);
        await commit(...kept.map((node) => ({ kind: "room-removed", node }) as const));
        expect([await store.countListed(), await store.countListed("room")]).toEqual([0, 0]);
        expect([await store.countRooms(), (await store.countRoomsByDomain()).size]).toEqual([0, 0]);
      });

      it("are listed for administrators whatever they are, page by page", async () => {
        const config = { ...room.config, public: false };
        for (const each of [
          { ...heath, locked: true },
          { ...room, config },
          { ...heath, node: "a" },
        ])
          await commit({ kind: "room-stored", room: each });
        for (const jid of ["crone1@example.org/phone", "hag66@example.org/pda"]) {
          const nick = jid.startsWith("hag66") ? "thirdwitch" : session.nick;
          await commit({ kind: "session-stored", node: "coven", session: { ...session, jid, nick } });
        }
        expect(await store.allRooms("a", 1)).toEqual([
          { node: "coven", config, locked: false, users: 2, sessions: 3 },
        ]);
        const rest = await store.allRooms("a", 5);
        expect(rest.map(({ node, locked }) => [node, locked])).toEqual([
          ["coven", false],
          ["heath", true],
        ]);
        expect(await store.allRooms("", 1)).toMatchObject([{ node: "a", users: 0, sessions: 0 }]);
      });
    });

    it("finds the rooms in which something waits for a moderator", async () => {
      const noted = (node: string, name: string) => ({ ...room, node, notes: new Map([[name, "[]"]]) });
      const rooms = [
        noted("a", "reports"),
        noted("b", "last-use"),
        noted("c", "held-messages"),
        noted("d", "reports"),
      ];
      for (const each of rooms) await commit({ kind: "room-stored", room: each });
      expect(await store.waitingRooms("", 2)).toEqual(["a", "c"]);
      expect(await store.waitingRooms("a", 9)).toEqual(["c", "d"]);
      await commit({ kind: "note-changed", node: "c", name: "held-messages", text: undefined });
      expect(await store.waitingRooms("a", 9)).toEqual(["d"]);
    });

    it("rooms whose owners have named a group for bans are read page by page", async () => {
      const named = { ...room.config, banGroup: "team" };
      for (const node of ["c", "a", "b", "d"])
        await commit({ kind: "room-stored", room: { ...heath, node, config: named } });
      await commit({ kind: "room-stored", room });
      await commit({ kind: "config-changed", node: "b", config: room.config, locked: false });
      await commit({ kind: "room-renamed", node: "c", to: "e", config: named });
      expect(await store.roomsInBanGroups("", 2)).toEqual(["a", "d"]);
      expect(await store.roomsInBanGroups("d", 2)).toEqual(["e"]);
    });

    describe("accounts", () => {
      it("have their bans from all rooms in order, each once", async () => {
        const ban = { account: "b@example.org", reason: "spam", by: owner.jid, at: 1 };
        await store.setServiceBan(ban);
        await store.setServiceBan({ account: "a.example", reason: undefined, by: undefined, at: 2 });
        await store.setServiceBan({ ...ban, at: 3 });
        expect(await store.serviceBans()).toEqual([
          { account: "a.example", at: 2 },
          { ...ban, at: 3 },
        ]);
        expect(await store.removeServiceBan(ban.account)).toBe(true);
        expect(await store.removeServiceBan(ban.account)).toBe(false);
        expect(await store.serviceBans()).toHaveLength(1);
      });

      it("are found in rooms by affiliation and by client", async () => {
        const away = { ...room, node: "away", affiliations: [] };
        const other = { ...heath, affiliations: [{ ...owner, jid: "x@example.org" }] };
        for (const each of [room, away, other, { ...room, node: "z", sessions: [] }])
          await commit({ kind: "room-stored", room: each });
        expect(await store.roomsOfAccount(owner.jid, "", "z")).toEqual(["away", "coven", "z"]);
        expect(await store.roomsOfAccount(owner.jid, "away", "heath")).toEqual(["coven"]);
        expect(await store.roomsOfAccount("crone1@example", "", "z")).toEqual([]);
      });
    });

    describe("an erased account", () => {
      const jid = "thirdwitch@example.org";
      const everything = async (): Promise<string> => {
        const archive = await store.readArchive("coven", { ...ALL, extras: "all", max: 9_999 });
        const destroyed = await store.loadDestroyedRooms();
        const deliveries = await store.readDeliveries("hook", false, 0, 9);
        const acts = await store.readActs({ max: 9_999 });
        return JSON.stringify([archive, destroyed, deliveries, acts, await store.serviceBans()]);
      };
      const eraseTexts = async (account: string): Promise<number> => {
        let steps = 0;
        for (let place: ErasePlace | undefined = FIRST_PLACE; place; steps += 1)
          place = await store.eraseTexts(account, "[erased]", place);
        return steps;
      };

      it("is found by each of its traces", async () => {
        const rooms: RoomRecord[] = [
          { ...heath, node: "a", affiliations: [{ ...member, jid }] },
          { ...heath, node: "b", sessions: [{ ...session, jid: `${jid}/x` }] },
          { ...heath, node: "c", notes: new Map([["creator", jid]]) },
          { ...heath, node: "d", config: { ...heath.config, contacts: [jid] } },
          { ...heath, node: "e", affiliations: [{ ...member, reason: `of ${jid}` }] },
          { ...heath, node: "f" },
          { ...heath, node: "g" },
          { ...heath, node: "h" },
        ];
        for (const each of rooms) await commit({ kind: "room-stored", room: each });
        await commit(
          archived("f", message(1)),
          archived("g", whisper(2, { to: { nick: "x", jid, type: "chat" } })),
        );
        expect(await store.tracesOfAccount(jid, "", "h")).toEqual(["a", "b", "c", "d", "e", "f", "g"]);
        expect(await store.tracesOfAccount(jid, "b", "d")).toEqual(["c", "d"]);
      });

      it("has its messages replaced, some at a time, and others have not", async () => {
        await commit({ kind: "room-stored", room });
        for (let number = 1; number <= 10; number += 1) await commit(archived("coven", message(number)));
        await commit(archived("coven", whisper(11)), archived("coven", whisper(12)));
        const counts: number[] = [];
        for (let step = 1; step > 0; counts.push(step))
          step = await store.eraseMessages("coven", jid, "<x/>", 3);
        expect(counts.at(-1)).toBe(0);
        expect(Math.max(...counts)).toBeLessThanOrEqual(6);
        const { messages = [] } = (await store.readArchive("coven", { ...ALL, extras: "all" })) ?? {};
        expect(JSON.stringify(messages)).not.toContain("thirdwitch");
        const erased = messages.filter(({ payload }) => payload === "<x/>");
        expect(erased).toHaveLength(5);
        expect(erased[0]).toMatchObject({ nick: "", jid: "", author: "", id: "s1", at: 1_000 });
        expect(messages.filter((each) => each.jid.startsWith("firstwitch"))).toHaveLength(6);
        expect((await store.readArchive("coven", { ...ALL, words: "number" }))?.messages).toHaveLength(5);
        expect(await store.eraseMessages("nowhere", jid, "<x/>", 3)).toBe(0);
      });

      it("is replaced in texts of all tables, and longer addresses are not", async () => {
        const longer = `x-${jid}`;
        await commit({ kind: "room-stored", room });
        for (let number = 1; number <= 1_100; number += 1) {
          const text = number % 100 === 0 ? `to ${jid}.` : "to nobody";
          const said = { text, payload: `<body>${text}</body>`, jid: "", nick: "", author: "" };
          await commit(archived("coven", message(number, said)));
        }
        await commit(
          {
            kind: "act-recorded",
            node: "coven",
            act: { at: 1, kind: "kicked", by: jid, target: longer, reason: jid },
          },
          {
            kind: "room-destroyed",
            destroyed: { node: "z", venue: undefined, reason: jid, members: [jid, longer], until: 9 },
          },
          { kind: "webhook-stored", id: "hook", settings: "{}" },
          { kind: "event-queued", hook: "hook", event: "e", at: 1, body: `{"from":"${jid}/x"}` },
        );
        await store.setServiceBan({ account: "x.example", reason: `like ${jid}`, by: jid, at: 1 });
        expect(await eraseTexts(jid)).toBeGreaterThan(8);
        const after = await everything();
        expect(after.replaceAll(longer, "")).not.toContain(jid);
        expect(after).toContain(longer);
        expect(after).toContain("to [erased].");
        expect((await store.readArchive("coven", { ...ALL, words: "erased" }))?.messages).toHaveLength(11);
        expect((await store.readArchive("coven", { ...ALL, words: "thirdwitch" }))?.messages).toEqual([]);
        if (store.rewrite) expect(await store.rewrite()).toBe(true);
        expect(await everything()).toBe(after);
      });
    });

    describe("an archive that is purged", () => {
      it("loses what is older than a time, some at a time", async () => {
        await commit({ kind: "room-stored", room }, { kind: "room-stored", room: heath });
        for (let number = 1; number <= 6; number += 1) await commit(archived("coven", message(number)));
        await commit(archived("coven", whisper(2)), archived("heath", message(1)));
        expect(await store.removeArchive("coven", 5_000, 3)).toBe(4);
        expect(await store.removeArchive("coven", 5_000, 3)).toBe(1);
        expect(await store.removeArchive("coven", 5_000, 3)).toBe(0);
        const { messages = [] } = (await store.readArchive("coven", { ...ALL, extras: "all" })) ?? {};
        expect(messages.map(({ stanzaId }) => stanzaId)).toEqual(["s5", "s6"]);
        expect([await store.countMessages(), await store.removeArchive("nowhere", 1, 1)]).toEqual([3, 0]);
      });
    });

    describe("a renamed room", () => {
      const renamed = (config = room.config): JournalEntry => ({
        ...{ kind: "room-renamed", node: "coven", to: "cave", config },
      });
      const act = (node: string, at: number, kind: Act["kind"]): JournalEntry => ({
        ...{ kind: "act-recorded", node },
        act: { at, kind, by: owner.jid },
      });

      it("has everything under the new name, without its clients", async () => {
        await commit(
          { kind: "room-stored", room },
          archived("coven", message(1)),
          archived("coven", whisper(2)),
        );
        await commit(renamed());
        expect(await stored()).toBeUndefined();
        expect(await stored("cave")).toEqual({ ...room, node: "cave", sessions: [] });
        expect((await store.readArchive("cave", ALL))?.messages).toHaveLength(1);
        expect(await store.readArchive("cave", { ...ALL, words: "number" })).toMatchObject({
          messages: [{}],
        });
        expect(await store.countMessages()).toBe(2);
        await commit({ kind: "room-stored", room }, archived("cave", message(3)));
        expect((await store.readArchive("cave", ALL))?.messages).toHaveLength(2);
        expect((await store.readArchive("coven", ALL))?.messages).toEqual([]);
      });

      it("is listed, counted and found by the new name", async () => {
        const config = { ...room.config, public: true, name: "" };
        await commit({ kind: "room-stored", room: { ...room, config } });
        await commit(renamed(config));
        expect(await store.listRooms({ max: 9 })).toMatchObject([{ node: "cave" }]);
        expect([await store.countListed(), await store.countListed("cb")]).toEqual([1, 1]);
        expect(await store.findRooms(["cave"], 9)).toMatchObject([{ node: "cave" }]);
        expect(await store.findRooms(["coven"], 9)).toEqual([]);
        await commit({ kind: "room-removed", node: "cave" });
        expect([await store.countListed(), await store.countRooms()]).toEqual([0, 0]);
      });

      it("takes its acts along, not those of an earlier room", async () => {
        await commit(
          act("coven", 1, "kicked"),
          { kind: "room-stored", room },
          act("coven", 2, "room-created"),
        );
        await commit(act("coven", 3, "room-renamed"), renamed());
        const times = async (node: string) => (await store.readActs({ node, max: 9 })).map(({ at }) => at);
        expect([await times("cave"), await times("coven")]).toEqual([[3, 2], [1]]);
      });

      it("must be stored", async () => {
        await expect((async () => commit(renamed()))()).rejects.toThrow(StorageError);
      });
    });

    describe("a commit", () => {
      it.each([
        { kind: "config-changed", node: "heath", config: DEFAULT_ROOM_CONFIG, locked: false } as const,
        { kind: "subject-changed", node: "heath", subject: undefined } as const,
        { kind: "note-changed", node: "heath", name: "avatar", text: undefined } as const,
        { kind: "affiliation-changed", node: "heath", record: owner } as const,
        { kind: "affiliation-changed", node: "heath", record: { ...owner, affiliation: "none" } } as const,
        { kind: "session-stored", node: "heath", session } as const,
        { kind: "session-removed", node: "heath", jid: session.jid } as const,
        { kind: "message-archived", node: "heath", message: message(1) } as const,
        { kind: "message-retracted", node: "heath", stanzaId: "s1", payload: "" } as const,
        { kind: "private-retracted", node: "heath", author: "", to: "", id: "", payload: "" } as const,
      ])("with $kind of a room that is not stored is refused, and keeps nothing", async (entry) => {
        await commit({ kind: "room-stored", room });
        const changed = { ...owner, affiliation: "admin" } as const;
        const mixed = commit({ kind: "affiliation-changed", node: "coven", record: changed }, entry);
        await expect(mixed).rejects.toThrow(StorageError);
        expect(await stored()).toEqual(room);
        await commit({ kind: "affiliation-changed", node: "coven", record: member });
        expect((await stored())?.affiliations).toEqual([owner, member]);
      });
    });

    it("keeps the order of messages, private messages and other changes in one commit", async () => {
      await commit(
        { kind: "room-stored", room: { ...room, node: "cave" } },
        archived("cave", message(1, { stanzaId: "c1" })),
        { kind: "room-stored", room: { ...room, sessions: [] } },
        ...[archived("coven", message(1)), archived("cave", message(2, { stanzaId: "c2" }))],
        { kind: "session-stored", node: "coven", session },
        ...[archived("coven", message(2)), archived("coven", whisper(3)), archived("coven", message(4))],
        { kind: "message-retracted", node: "coven", stanzaId: "s1", payload: "" },
        archived("coven", message(5)),
        { kind: "room-stored", room: { ...room, node: "cave" } },
      );
      const { messages = [] } = (await store.readArchive("coven", { ...ALL, extras: "all" })) ?? {};
      expect(messages.map(({ stanzaId }) => stanzaId)).toEqual(["s1", "s2", "s3", "s4", "s5"]);
      expect(messages.map(({ payload }) => payload === "")).toEqual([true, false, false, false, false]);
      expect(await store.readArchive("cave", ALL)).toEqual({ messages: [], complete: true });
      expect(await store.countMessages()).toBe(5);
      expect((await stored())?.sessions).toEqual([session]);
    });

    describe("an archive (XEP-0313)", () => {
      const ids = async (query: Partial<ArchiveQuery>, node = "coven"): Promise<string[] | undefined> =>
        (await store.readArchive(node, { ...ALL, ...query }))?.messages.map(({ stanzaId }) => stanzaId);

      beforeEach(async () => {
        await commit({ kind: "room-stored", room }, { kind: "room-stored", room: heath });
        await commit(...[1, 2, 3, 4, 5, 6].map((number) => archived("coven", message(number))));
        await commit(archived("heath", message(1)));
      });

      it("gives back what was stored, oldest first", async () => {
        const whole = message(7, { language: "en", corrects: "m5", text: undefined });
        await commit(archived("coven", whole));
        const page = await store.readArchive("coven", ALL);
        expect(page?.complete).toBe(true);
        expect(page?.messages).toEqual([...[1, 2, 3, 4, 5, 6].map((number) => message(number)), whole]);
      });

      it("gives the latest of the discussion, oldest first", async () => {
        await commit(archived("coven", message(7, { kind: "subject" })));
        await commit(archived("coven", message(8, { kind: "other" })));
        expect(await store.latestDiscussion("coven", 2)).toEqual([message(5), message(6)]);
      });

      it("gives no more of the discussion than a room keeps in memory, in bytes", async () => {
        const large = [7, 8, 9].map((number) =>
          message(number, { payload: `<body>${"x".repeat(50_000)}</body>` }),
        );
        for (const each of large) await commit(archived("coven", each));
        expect(await store.latestDiscussion("coven", 100)).toEqual(large.slice(1));
      });

      it("is asked for by time, both ends included (4.1.2)", async () => {
        expect(await ids({ start: 2_000, end: 4_000 })).toEqual(["s2", "s3", "s4"]);
      });

      it("keeps its order where the clock was set back, and is asked for by time all the same (3.1)", async () => {
        const later = [2_500, 3_500, 1_500, 1_500, 9_000].map((at, index) => message(7 + index, { at }));
        await commit(...later.map((each) => archived("coven", each)));
        expect(await ids({})).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11].map((number) => `s${number}`));
        expect(await ids({ start: 3_200 })).toEqual(["s4", "s5", "s6", "s8", "s11"]);
        expect(await ids({ end: 2_200 })).toEqual(["s1", "s2", "s9", "s10"]);
        expect(await ids({ start: 2_200, end: 3_200, fromEnd: true, max: 2 })).toEqual(["s3", "s7"]);
        expect(await ids({ start: 6_500, end: 8_000 })).toEqual([]);
      });

      it("is asked for by nickname or real JID (4.1.1)", async () => {
        expect(await ids({ nick: "firstwitch" })).toEqual(["s2", "s4", "s6"]);
        expect(await ids({ jid: "thirdwitch@example.org" })).toEqual(["s1", "s3", "s5"]);
        expect(await ids({ jid: "thirdwitch@example.org/desktop" })).toEqual(["s1", "s3", "s5"]);
        expect(await ids({ jid: "thirdwitch@example.or" })).toEqual([]);
      });

      it("is asked for by ids (4.1.3)", async () => {
        expect(await ids({ afterIds: ["s1", "s2"], beforeIds: ["s6", "s5"] })).toEqual(["s3", "s4"]);
        expect(await ids({ ids: ["s5", "s2"] })).toEqual(["s2", "s5"]);
      });

      it.each([{ afterIds: ["s9"] }, { beforeIds: ["s9"] }, { ids: ["s1", "s9"] }])(
        "has to hold the ids that are asked for (4.1.3): %j",
        async (query) => {
          expect(await ids(query)).toBeUndefined();
        },
      );

      it("does not hold what another room has", async () => {
        expect(await ids({}, "heath")).toEqual(["s1"]);
        expect(await ids({ afterIds: ["s2"] }, "heath")).toBeUndefined();
      });

      it("is given in pages, from either end (XEP-0059)", async () => {
        const first = await store.readArchive("coven", { ...ALL, max: 2 });
        expect(first).toEqual({ messages: [message(1), message(2)], complete: false });
        const last = await store.readArchive("coven", { ...ALL, max: 2, fromEnd: true });
        expect(last).toEqual({ messages: [message(5), message(6)], complete: false });
        expect((await store.readArchive("coven", { ...ALL, max: 6 }))?.complete).toBe(true);
        expect(await ids({ max: 0 })).toEqual([]);
      });

      it("is counted, as far as that does not take long (XEP-0059 2.6)", async () => {
        const counted = (query: Partial<ArchiveQuery>, most = 100) =>
          store.countArchive("coven", { ...ALL, max: 0, ...query }, most);
        expect(await counted({}, 1)).toBe(6);
        expect(await counted({ nick: "firstwitch" })).toBe(3);
        expect(await counted({ nick: "firstwitch" }, 3)).toBe(3);
        expect(await counted({ nick: "firstwitch" }, 2)).toBeUndefined();
        expect(await counted({ start: 2_000, end: 4_000, jid: "firstwitch@example.org" })).toBe(2);
        expect(await counted({ afterIds: ["s4"] })).toBe(2);
        expect(await counted({ words: "number" })).toBe(6);
        expect(await counted({ afterIds: ["s9"] })).toBeUndefined();
        expect(await store.countArchive("cave", ALL, 10)).toBeUndefined();
        await commit({ kind: "room-stored", room: { ...room, node: "cave" } });
        expect(await store.countArchive("cave", ALL, 10)).toBe(0);
      });

      it("keeps private messages and presence beside, in the order of all", async () => {
        const came = message(8, { kind: "arrival", text: undefined });
        const self = whisper(11, { to: { nick: "thirdwitch", jid: "thirdwitch@example.org", type: "chat" } });
        const extras = [whisper(7), came, whisper(10), self];
        for (const each of [whisper(7), came, message(9), whisper(10), self])
          await commit(archived("coven", each));
        expect(await ids({ afterIds: ["s5"] })).toEqual(["s6", "s9"]);
        expect(await ids({ afterIds: ["s5"], extras: "all" })).toEqual([
          "s6",
          "s7",
          "s8",
          "s9",
          "s10",
          "s11",
        ]);
        const kept = await store.readArchive("coven", { ...ALL, extras: "all" });
        expect(kept?.messages.filter(({ kind }) => kind !== "discussion")).toEqual(extras);
        const of = (user: string, presence = false) => ({
          afterIds: ["s5"],
          extras: { presence, privateOf: user },
        });
        expect(await ids(of("thirdwitch@example.org"))).toEqual(["s6", "s7", "s9", "s11"]);
        expect(await ids(of("hecate@example.org", true))).toEqual(["s6", "s7", "s8", "s9", "s10"]);
        expect(await ids({ ...of("hecate@example.org", true), max: 2, fromEnd: true })).toEqual([
          "s9",
          "s10",
        ]);
        expect(await ids({ ...of("hecate@example.org", true), max: 2 })).toEqual(["s6", "s7"]);
        expect(await ids({ extras: { presence: true, privateOf: undefined }, start: 8_000 })).toEqual([
          "s8",
          "s9",
        ]);
        expect(await ids({ ...of("hecate@example.org"), nick: "hecate" })).toEqual(["s7", "s10"]);
        expect(await ids({ ...of("hecate@example.org"), words: "number" })).toEqual(["s6", "s9"]);
        expect(await ids({ ...of("hecate@example.org"), ids: ["s10"] })).toEqual(["s10"]);
        for (const hidden of [
          { ids: ["s7"] },
          { ...of("macbeth@example.org", true), ids: ["s7"] },
          { afterIds: ["s8"] },
        ])
          expect(await ids(hidden)).toBeUndefined();
        const counted = (query: Partial<ArchiveQuery>) =>
          store.countArchive("coven", { ...ALL, ...query }, 100);
        expect([await counted({}), await counted({ extras: "all" })]).toEqual([7, 11]);
        expect(await store.latestDiscussion("coven", 2)).toEqual([message(6), message(9)]);
      });

      it("keeps a tombstone of a private message, of that author to that user (XEP-0424)", async () => {
        const retracted = {
          kind: "private-retracted",
          node: "coven",
          author: "author-thirdwitch",
          payload: "",
        } as const;
        await commit(
          ...[
            whisper(7),
            whisper(9, { corrects: "m7" }),
            whisper(11, { id: "m7", author: "x" }),
            whisper(13),
          ].map((each) => archived("coven", each)),
          { ...retracted, to: "hecate@example.org", id: "m7" },
          { ...retracted, to: "macbeth@example.org", id: "m13" },
        );
        const page = await store.readArchive("coven", { ...ALL, extras: "all" });
        expect(page?.messages.filter(({ payload }) => payload === "").map(({ id }) => id)).toEqual([
          "m7",
          "m9",
        ]);
      });

      it("is given in pages that end where they are large, though more messages were asked for (XEP-0059 2.1)", async () => {
        const large = `<body>${"x".repeat(250_000)}</body>`;
        const numbers = Array.from({ length: 9 }, (_, index) => index + 7);
        for (const number of numbers)
          await commit(
            number % 4 === 0
              ? archived("coven", whisper(number, { payload: large }))
              : archived("coven", message(number, { payload: large, text: "much" })),
          );
        const walk = async (query: Partial<ArchiveQuery>, fromEnd: boolean): Promise<string[][]> => {
          const pages: string[][] = [];
          for (let page: ArchivePage | undefined; !page?.complete; ) {
            const [first, last] = [page?.messages[0]?.stanzaId, page?.messages.at(-1)?.stanzaId];
            const place = fromEnd ? { beforeIds: first ? [first] : [] } : { afterIds: last ? [last] : [] };
            page = await store.readArchive("coven", { ...ALL, ...query, ...place, fromEnd });
            if (!page) return [];
            expect(page.messages.length).toBeGreaterThan(0);
            pages.push(page.messages.map(({ stanzaId }) => stanzaId));
          }
          return fromEnd ? pages.reverse() : pages;
        };
        const everything = Array.from({ length: 15 }, (_, index) => `s${index + 1}`);
        const toAll = everything.filter((id) => !["s8", "s12"].includes(id));
        for (const fromEnd of [false, true])
          for (const [query, expected] of [
            [{}, toAll],
            [{ extras: "all" }, everything],
            [{ words: "much" }, toAll.slice(6)],
          ] as const) {
            const pages = await walk(query, fromEnd);
            expect(pages.flat()).toEqual(expected);
            for (const page of pages)
              expect(page.filter((id) => Number(id.slice(1)) > 6).length).toBeLessThanOrEqual(3);
          }
      });

      it("is looked at in portions where no index finds what is asked for, and says where to go on", async () => {
        const said = Array.from({ length: 10_100 }, (_, index) => archived("coven", message(index + 7)));
        await commit(...said);
        const find = (query: Partial<ArchiveQuery>) => store.readArchive("coven", { ...ALL, ...query });
        for (const query of [
          { words: "number", nick: "thirdwitch", jid: "nobody@example.org" },
          { jid: "thirdwitch@example.org/phone" },
          { words: "number 10107" },
        ]) {
          const first = await find(query);
          expect(first).toEqual({ messages: [], complete: false, reached: "s10000" });
          const rest = await find({ ...query, afterIds: ["s10000"] });
          expect(rest?.complete).toBe(true);
          expect(await find({ ...query, fromEnd: true, beforeIds: ["s10106"] })).toMatchObject({
            messages: [],
            complete: false,
            reached: "s106",
          });
          expect(await store.countArchive("coven", { ...ALL, ...query }, 100)).toBeUndefined();
        }
        const found = await find({ words: "number 5000" });
        expect(found?.messages.map(({ stanzaId }) => stanzaId)).toEqual(["s5000"]);
        expect([found?.complete, found?.reached]).toEqual([false, undefined]);
        expect(await find({ words: "5000", afterIds: ["s4000"], beforeIds: ["s6000"] })).toMatchObject({
          complete: true,
        });
        // Filters with an index give a complete answer at once.
        expect(await find({ nick: "nobody" })).toEqual({ messages: [], complete: true });
        const presence = { presence: true, privateOf: undefined };
        expect(await find({ extras: presence, nick: "nobody" })).toMatchObject({ reached: "s10000" });
      });

      it("is searched for the first words of a text that has very many", async () => {
        const text = Array.from({ length: 60_000 }, (_, index) => `${"일".repeat(9)}${index}`).join(" ");
        await commit(archived("coven", message(7, { text, payload: `<body>${text}</body>` })));
        expect(await ids({ words: `${"일".repeat(9)}77` })).toEqual(["s7"]);
      });

      it("is searched for words (XEP-0431), whatever they hold", async () => {
        await commit(archived("coven", message(7, { text: 'Double, double "toil" and trouble' })));
        expect(await ids({ words: "trouble double" })).toEqual(["s7"]);
        expect(await ids({ words: "trouble fire" })).toEqual([]);
        expect(await ids({ words: '"toil' })).toEqual(["s7"]);
        expect(await ids({ words: "toil OR NEAR( *" })).toEqual([]);
        expect(await ids({ words: " " })).toEqual([]);
      });

      it("is searched for what was said a moment ago and long ago, but not for what was retracted", async () => {
        const said = Array.from({ length: 444 }, (_, index) => archived("coven", message(index + 7)));
        const retract = (number: number) =>
          commit({
            kind: "message-retracted",
            node: "coven",
            stanzaId: `s${number}`,
            payload: "<retracted/>",
          });
        await commit(...said);
        await retract(450);
        for (const number of [100, 449]) expect(await ids({ words: `${number}` })).toEqual([`s${number}`]);
        await retract(449);
        await retract(100);
        for (const number of [100, 449, 450]) expect(await ids({ words: `${number}` })).toEqual([]);
        expect((await ids({ words: "number", max: 1_000 }))?.length).toBe(447);
      });

      it("keeps a tombstone of a message and its corrections (XEP-0424), which no search finds", async () => {
        await commit(
          archived("coven", message(7, { corrects: "m3" })),
          archived("coven", message(8, { corrects: "m3" })),
          archived("coven", message(9, { corrects: "m3" })),
          { kind: "message-retracted", node: "coven", stanzaId: "s7", payload: "<retracted/>" },
        );
        const page = await store.readArchive("coven", ALL);
        const gone = page?.messages.filter(({ payload }) => payload === "<retracted/>");
        // The eighth message is by another author, who corrects nothing of the retracted message's author.
        expect(gone?.map(({ stanzaId, text }) => [stanzaId, text])).toEqual([
          ["s3", undefined],
          ["s7", undefined],
          ["s9", undefined],
        ]);
        expect(await ids({ words: "3" })).toEqual([]);
      });

      describe("hides all versions of a retracted message (XEP-0308 5, XEP-0424 4)", () => {
        const corrections = (of: typeof message, { said }: VersionCase): JournalEntry[] =>
          said.map(([nick, id, corrects, hasJid = true], index) => {
            const jid = hasJid ? `${nick}@example.org/desktop` : "";
            return archived("cave", of(index + 1, { id, corrects, nick, author: `author-${nick}`, jid }));
          });
        const hidden = async (): Promise<number[]> => {
          const page = await store.readArchive("cave", { ...ALL, extras: "all" });
          return (page?.messages ?? []).flatMap(({ payload }, index) => (payload === "" ? [index] : []));
        };
        beforeEach(() => commit({ kind: "room-stored", room: { ...room, node: "cave" } }));

        it.each([...VERSION_CASES, ...IMPORTED_CASES])("$name", async (each) => {
          const retracted = { kind: "message-retracted", node: "cave", payload: "" } as const;
          await commit(...corrections(message, each), { ...retracted, stanzaId: `s${each.retracted + 1}` });
          expect(await hidden()).toEqual(each.hidden);
        });

        it.each([...VERSION_CASES, ...IMPORTED_CASES])("among private messages: $name", async (each) => {
          // The author retracts the message by its id, which means the latest message with that id.
          const { said, retracted } = each;
          const [nick, id] = said[retracted] ?? ["thirdwitch", ""];
          await commit(...corrections(whisper, { ...each, said: said.slice(0, retracted + 1) }), {
            kind: "private-retracted",
            node: "cave",
            author: `author-${nick}`,
            to: "hecate@example.org",
            id,
            payload: "",
          });
          expect(await hidden()).toEqual(each.hidden.filter((index) => index <= retracted));
        });
      });

      it("passes over the retraction of what it does not have", async () => {
        await commit({ kind: "message-retracted", node: "coven", stanzaId: "s9", payload: "" });
        expect(await ids({})).toHaveLength(6);
      });

      describe("retention (3.2)", () => {
        const SERVICE: RetentionLimits = { now: 10 * DAY, days: 0, messages: 0 };
        const limited = (node: string, limits: Partial<RoomConfig>): JournalEntry => ({
          kind: "config-changed",
          node,
          config: { ...DEFAULT_ROOM_CONFIG, ...limits },
          locked: false,
        });
        const clean = async (limits: Partial<RetentionLimits>, work: Partial<RetentionWork> = {}) =>
          store.removeMessages(
            { ...SERVICE, ...limits },
            { after: 0, archives: 10, messages: 10, milliseconds: 1_000, ...work },
          );

        it("removes the oldest, by the number and the age that the service allows", async () => {
          expect(await clean({})).toEqual({ removed: 0, after: undefined });
          expect(await clean({ days: 10, now: 10 * DAY + 3_000 })).toEqual({ removed: 3, after: undefined });
          expect(await ids({})).toEqual(["s3", "s4", "s5", "s6"]);
          expect(await ids({}, "heath")).toEqual([]);
          expect(await clean({ messages: 3 })).toEqual({ removed: 1, after: undefined });
          expect(await ids({})).toEqual(["s4", "s5", "s6"]);
          expect(await ids({ words: "number 3" })).toEqual([]);
          expect(await store.countMessages()).toBe(3);
          expect(await store.latestDiscussion("coven", 10)).toHaveLength(3);
        });

        it("ends a step when its time is over, with an archive looked at or some messages removed", async () => {
          await commit(...Array.from({ length: 50 }, (_, index) => archived("coven", message(100 + index))));
          const steps: number[] = [];
          for (let after: number | undefined = 0; after !== undefined && steps.length < 20; ) {
            const step: RetentionStep = await clean(
              { messages: 1 },
              { after, messages: 100, milliseconds: 0 },
            );
            steps.push(step.removed);
            after = step.after;
          }
          expect(Math.max(...steps)).toBeLessThan(30);
          expect(steps.length).toBeGreaterThan(2);
          expect(await ids({})).toEqual(["s149"]);
        });

        it("takes a room's own limits where they are stricter, and no others", async () => {
          await commit(limited("coven", { archiveMessages: 4, archiveDays: 10 }));
          expect(await clean({ messages: 5 })).toMatchObject({ removed: 2 });
          expect(await ids({})).toEqual(["s3", "s4", "s5", "s6"]);
          expect(await clean({ now: 10 * DAY + 5_000, days: 20 })).toMatchObject({ removed: 2 });
          expect(await ids({})).toEqual(["s5", "s6"]);
          expect(await ids({}, "heath")).toEqual(["s1"]);
          await commit(limited("coven", { archiveMessages: 2, archiveDays: 30 }));
          expect(await clean({ messages: 1 })).toMatchObject({ removed: 1 });
          expect(await clean({ now: 10 * DAY + 7_000, days: 10 })).toMatchObject({ removed: 2 });
          expect(await store.countMessages()).toBe(0);
        });

        it("removes extras as it does messages, each in their own number", async () => {
          await commit(...[7, 8, 9].map((number) => archived("coven", whisper(number))));
          expect(await clean({ messages: 6 })).toMatchObject({ removed: 0 });
          expect(await clean({ messages: 2 })).toMatchObject({ removed: 5 });
          expect(await ids({ extras: "all" })).toEqual(["s5", "s6", "s8", "s9"]);
          expect(await clean({ days: 10, now: 10 * DAY + 9_000 })).toMatchObject({ removed: 4 });
          expect(await ids({ extras: "all" })).toEqual(["s9"]);
          expect(await store.countMessages()).toBe(1);
          await commit({ kind: "room-removed", node: "coven" });
          expect(await clean({})).toEqual({ removed: 1, after: undefined });
        });

        it("removes by age what was said after a message with a later time, too", async () => {
          const future = { at: 99 * DAY };
          await commit(
            { kind: "room-stored", room: { ...room, node: "cave" } },
            archived("cave", message(1, future)),
            archived("cave", whisper(2, future)),
            ...[3, 4].map((number) => archived("cave", message(number, future))),
            ...[5, 6, 7].map((number) => archived("cave", message(number))),
            archived("cave", message(8, future)),
            archived("cave", whisper(9)),
            archived("cave", message(10)),
            ...[11, 12].map((number) => archived("cave", message(number, { at: 6_500 }))),
          );
          const old = { days: 10, now: 10 * DAY + 7_000 };
          expect(await clean(old, { messages: 10 })).toEqual({ removed: 10, after: 2 });
          expect(await ids({ extras: "all" }, "cave")).toHaveLength(9);
          expect(await clean(old, { messages: 100 })).toEqual({ removed: 1, after: undefined });
          const left = ["s1", "s2", "s3", "s4", "s7", "s8", "s9", "s10"];
          expect(await ids({ extras: "all" }, "cave")).toEqual(left);
          expect(await clean({ ...old, now: 10 * DAY + 60_000 })).toEqual({ removed: 3, after: undefined });
          expect(await ids({ extras: "all" }, "cave")).toEqual(["s1", "s2", "s3", "s4", "s8"]);
          expect(await store.countMessages()).toBe(5);
        });

        it("goes on from step to step, however little one does", async () => {
          const some = { archives: 1, messages: 2 };
          expect(await clean({ messages: 3 }, some)).toEqual({ removed: 2, after: 0 });
          const next = await clean({ messages: 3 }, some);
          expect(next.removed).toBe(1);
          expect(await clean({ messages: 3 }, { ...some, after: next.after ?? 0 })).toMatchObject({
            removed: 0,
          });
          expect(await ids({})).toEqual(["s4", "s5", "s6"]);
        });

        it("removes what is left of rooms that are no more, and nothing of one made anew", async () => {
          await commit({ kind: "room-stored", room });
          await commit(archived("coven", message(9)), { kind: "room-removed", node: "heath" });
          expect(await store.countMessages()).toBe(1);
          expect(await clean({}, { messages: 6 })).toMatchObject({ removed: 6 });
          expect(await clean({})).toEqual({ removed: 1, after: undefined });
          expect(await ids({})).toEqual(["s9"]);
          expect(await store.countMessages()).toBe(1);
        });
      });
    });
  });
}
