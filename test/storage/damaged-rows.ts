// Damaged rows of a store: those of one room do not affect another room, and the store reports each of them.
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { ArchiveQuery } from "../../src/muc/model/archive-query.ts";
import type { DestroyedRoom } from "../../src/muc/model/journal.ts";
import type { OnDamage } from "../../src/storage/row-schemas.ts";
import { StorageError, type Store } from "../../src/storage/store.ts";
import { archived, heath, message, room, whisper } from "./records.ts";

export interface DamageableStore {
  /** Opens the store again. */
  open(onDamage: OnDamage): Store | Promise<Store>;
  /** Runs SQL while the store is closed, without the checks of the database. */
  damage(sql: string): void;
  /** Writes the name of a table. */
  table(name: string): string;
  /** True if columns of JSON accept no other text. */
  readonly checksJson: boolean;
}

const MOVED: DestroyedRoom = {
  node: "gone",
  venue: "heath@chat.example",
  reason: "bigger",
  members: ["a@b.example"],
  until: 5_000_000_000_000,
};
const LONG = "x".repeat(1_000_000);
const NO_JSON = ["{", "", "undefined"];

const WRONG_CONFIGS = [
  ...["[]", "null", '"text"', "5"],
  ...['{"public":"yes"}', '{"membersOnly":1}', '{"whois":"nobody"}', '{"maxUsers":-1}', '{"maxUsers":1e300}'],
  ...['{"contacts":[5]}', '{"contacts":["@"]}', '{"presenceBroadcast":["emperor"]}', '{"name":{}}'],
  ...['{"archiveDays":-3,"archiveMessages":"none"}', `{"whois":"${LONG}"}`],
];
const WRONG_SUBJECTS = [
  ...["[]", "5", '"text"', '{"text":1}', '{"text":"a","nick":"n","at":"soon"}'],
  '{"text":"a","nick":"n","at":1,"message":{"id":"i","stanzaId":"s","occupantId":"o","subjects":"<a>"}}',
];
const EMPEROR = "'emperor'";

/** Damage to a table's rows: values of columns, as SQL. */
const WRONG_SESSIONS = {
  jid: ["''", "'@'"],
  nick: ["''"],
  role: [EMPEROR, "'none'"],
  payload: ["'<a>'", "'a'"],
};
const WRONG_AFFILIATIONS = { jid: ["''"], affiliation: [EMPEROR, "'none'"] };
const WRONG_MESSAGES = {
  kind: [EMPEROR],
  stanza_id: ["''"],
  at: ["-1"],
  affiliation: [EMPEROR],
  role: [EMPEROR],
  payload: ["'<body>'", "'text'", "'<a>&nbsp;</a>'", `'<body>${"x".repeat(10_000)}'`],
};
const WRONG_MOVES = { venue: ["'@'"], reserved_until: ["-1"], members: ["'{}'", "'[1]'", "'{'"] };

const columns = (damage: Record<string, string[]>): [column: string, value: string][] =>
  Object.entries(damage).flatMap(([column, values]) =>
    values.map((value): [string, string] => [column, value]),
  );

const ALL: ArchiveQuery = { afterIds: [], beforeIds: [], max: 100, fromEnd: false, extras: "all" };

/** Tests a store. `make` returns it empty. */
export function describeDamage(name: string, make: () => DamageableStore): void {
  describe(`damaged rows of a store in ${name}`, () => {
    let damageable: DamageableStore;
    let store: Store;
    let told: string[];
    const onDamage = (problem: string): void => void told.push(problem);
    beforeEach(async () => {
      told = [];
      damageable = make();
      store = await damageable.open(onDamage);
      await store.commit([
        { kind: "room-stored", room },
        { kind: "room-stored", room: heath },
        { kind: "room-destroyed", destroyed: MOVED },
        { kind: "room-destroyed", destroyed: { ...MOVED, node: "lost" } },
        ...[1, 2, 3].map((number) => archived("coven", message(number))),
        archived("coven", whisper(4)),
      ]);
    });
    afterEach(() => store.close());

    async function damaged(table: string, change: string): Promise<void> {
      await store.close();
      damageable.damage(`UPDATE ${damageable.table(table)} SET ${change}`);
      store = await damageable.open(onDamage);
    }

    it("of a configuration make the room unreadable, by name, as who may enter is not known", async () => {
      for (const config of WRONG_CONFIGS) {
        await damaged("room", `config = '${config}' WHERE node = 'coven'`);
        const loading = (async () => store.loadRoom("coven"))();
        await expect(loading, config.slice(0, 80)).rejects.toBeInstanceOf(StorageError);
        await expect(loading).rejects.toThrow(/^the configuration of the room "coven" is damaged: /);
        expect(await store.loadRoom("heath")).toEqual(heath);
        expect(await store.occupiedRooms()).toEqual(["coven"]);
        expect((await store.allRooms("", 10)).map(({ node }) => node)).toEqual(["coven", "heath"]);
        expect((await store.listRooms({ max: 10 })).map(({ node }) => node)).toContain("heath");
        // Damaged limits remove nothing.
        const limits = { days: 0, messages: 0, now: Date.now() };
        const step = await store.removeMessages(limits, {
          after: 0,
          archives: 10,
          messages: 10,
          milliseconds: 1_000,
        });
        expect([config.slice(0, 80), step.removed]).toEqual([config.slice(0, 80), 0]);
      }
    });

    it.each(columns(WRONG_AFFILIATIONS))(
      "of affiliations (%s = %s) make the room unreadable, by name",
      async (column, value) => {
        await damaged("affiliation", `${column} = ${value}`);
        await expect((async () => store.loadRoom("coven"))()).rejects.toThrow(
          `an affiliation of the room "coven" is damaged: ${column}: `,
        );
        expect(await store.loadRoom("heath")).toEqual(heath);
      },
    );

    it("of a subject leave the room without one", async () => {
      for (const subject of [...WRONG_SUBJECTS, ...(damageable.checksJson ? [] : NO_JSON)]) {
        await damaged("room", `subject = '${subject}' WHERE node = 'coven'`);
        told.length = 0;
        expect(await store.loadRoom("coven")).toEqual({ ...room, subject: undefined });
        expect(told).toEqual([expect.stringMatching(/^the subject of the room "coven" is damaged: /)]);
      }
    });

    it.each(columns(WRONG_SESSIONS))("of clients (%s = %s) leave those out", async (column, value) => {
      await damaged("session", `${column} = ${value}`);
      expect(await store.loadRoom("coven")).toEqual({ ...room, sessions: [] });
      expect(told).toEqual([expect.stringContaining(`a client of the room "coven" is damaged: ${column}: `)]);
    });

    it.each(columns(WRONG_MOVES))("of destroyed rooms (%s = %s) leave those out", async (column, value) => {
      await damaged("destroyed_room", `${column} = ${value} WHERE node = 'gone'`);
      expect(await store.loadDestroyedRooms()).toEqual([{ ...MOVED, node: "lost" }]);
      expect(told).toEqual([expect.stringContaining('the tombstone of the room "gone" is damaged: ')]);
    });

    it.each(columns(WRONG_MESSAGES))(
      "of messages (%s = %.40s) leave their place in the archive, and nothing said",
      async (column, value) => {
        await damaged("message", `${column} = ${value} WHERE stanza_id = 's2'`);
        await damaged("archive_extra", `payload = '<a>'`);
        const page = await store.readArchive("coven", ALL);
        const payloads = page?.messages.map(({ payload }) => payload);
        expect(payloads).toEqual(["<body>1</body>", "", "<body>3</body>", ""]);
        // A private message stays private.
        expect(page?.messages.at(-1)?.to).toMatchObject({ jid: "hecate@example.org" });
        expect(told).toHaveLength(2);
        expect(told[0]).toContain(`is damaged: ${column}: `);
        const latest = await store.latestDiscussion("coven", 10);
        expect(latest.map(({ payload }) => payload)).toContain("<body>3</body>");
      },
    );
  });
}
