// Groups of rooms that an owner of all of them names (docs/moderation.md).
import pino from "pino";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { MOST_OF_ROOM } from "../../src/blocklist/owner-groups.ts";
import { GroupBans } from "../../src/blocklist/shared-bans.ts";
import { renameRoom } from "../../src/muc/administration/rename.ts";
import type { RoomEnvironment } from "../../src/muc/model/room-environment.ts";
import type { SharedBans } from "../../src/muc/model/shared-bans.ts";
import { eraseAccount } from "../../src/muc/service/erase-account.ts";
import { IN_MEMORY, SqliteStore } from "../../src/storage/sqlite/store.ts";
import { NS } from "../../src/xmpp/namespaces.ts";
import { eventually } from "../support/eventually.ts";
import { Driver, type DriverOptions, errorOf, OTHER, OWNER } from "../support/room-driver.ts";

const BAD = "bad@evil.example";
const OWNER_JID = "crone1@shakespeare.example";
const OTHER_JID = "hecate@shakespeare.example";
const DOMAIN = "chat.example";

let store: SqliteStore;
let warnings: string[];
const opened: GroupBans[] = [];
beforeEach(() => {
  store = new SqliteStore(IN_MEMORY);
  warnings = [];
});
afterEach(() => {
  for (const bans of opened.splice(0)) bans.stop();
  store.close();
});

/** A process that serves rooms, with its list of the bans that they share. */
interface Process {
  readonly driver: Driver;
  readonly bans: GroupBans;
  /** Sends a stanza, commits what it changes, and returns the answers. */
  readonly send: (from: string, xml: string) => ReturnType<Driver["send"]>;
}

async function startProcess(options: DriverOptions = {}, isFirst = true): Promise<Process> {
  const sharedBans: SharedBans = {
    bans: (...args) => bans.bans(...args),
    versionOf: (group) => bans.versionOf(group),
  };
  const environment: Partial<RoomEnvironment> = { ...options.environment, sharedBans };
  const nodes = store.nodes(undefined, 100);
  const driver = new Driver({
    maxRooms: 20,
    records: nodes.flatMap((node) => store.loadRoom(node) ?? []),
    ...options,
    environment,
  });
  const bans = new GroupBans({
    groups: () => ({}),
    table: store,
    roomOf: (node) => driver.registry.get(node),
    isServiceAdmin: (jid) => driver.registry.environment.isServiceAdmin(jid),
    loadRoom: (node) => store.loadRoom(node),
    roomsInBanGroups: (after, count) => store.roomsInBanGroups(after, count),
    isFirst: () => isFirst,
    isShared: false,
    changed() {},
    ownersChanged() {},
    log: pino({ level: "warn" }, { write: (line: string) => void warnings.push(JSON.parse(line).msg) }),
  });
  opened.push(bans);
  await bans.load();
  return { driver, bans, send: (from, xml) => sendIn({ driver, bans }, () => driver.send(from, xml)) };
}

/** Acts in a process, and commits what this changes. */
function sendIn<T>({ driver, bans }: Pick<Process, "driver" | "bans">, act: () => T): T {
  const before = driver.journal.length;
  const result = act();
  const journal = driver.journal.slice(before);
  bans.note(journal);
  store.commit(journal);
  return result;
}

const form = (fields: Readonly<Record<string, string>>): string =>
  Object.entries(fields)
    .map(([name, value]) => `<field var="${name}"><value>${value}</value></field>`)
    .join("");

function configure({ send }: Process, node: string, fields: Record<string, string>, from = OWNER) {
  const x = `<x xmlns="jabber:x:data" type="submit">${form({ FORM_TYPE: NS.mucRoomConfig, ...fields })}</x>`;
  return send(
    from,
    `<iq type="set" id="c" to="${node}@${DOMAIN}"><query xmlns="${NS.mucOwner}">${x}</query></iq>`,
  )[0];
}

/** Creates a persistent room whose owner names a group for it; "" for none. */
function open(process: Process, node: string, group: string, from = OWNER): void {
  process.send(from, `<presence to="${node}@${DOMAIN}/owner"><x xmlns="${NS.muc}"/></presence>`);
  configure(process, node, { "muc#roomconfig_persistentroom": "1", "verona#ban_group": group }, from);
}

const affiliate = ({ send }: Process, node: string, jid: string, affiliation: string, from = OWNER) =>
  send(
    from,
    `<iq type="set" id="a" to="${node}@${DOMAIN}"><query xmlns="${NS.mucAdmin}"><item affiliation="${affiliation}" jid="${jid}"/></query></iq>`,
  )[0];

const enter = ({ send }: Process, node: string, jid = BAD) =>
  errorOf(send(`${jid}/r`, `<presence to="${node}@${DOMAIN}/${jid}"><x xmlns="${NS.muc}"/></presence>`)[0]);

const isOut = (process: Process, node: string, jid = BAD): boolean =>
  process.driver.registry.get(node)?.affiliationOf(jid) === "outcast";

const until = (check: () => boolean, expected = true) => eventually(() => expect(check()).toBe(expected));
/** Lets all that was noted be written: entries of another group come last. */
async function written(process: Process): Promise<void> {
  const probe = `probe-${written.count++}`;
  open(process, `${probe}a`, probe);
  open(process, `${probe}b`, probe);
  affiliate(process, `${probe}a`, BAD, "outcast");
  await until(() => isOut(process, `${probe}b`));
}
written.count = 0;

describe("section 14.6: rooms to which one owner gives the same group", () => {
  test("share bans of accounts and domains, until they end", async () => {
    const process = await startProcess();
    for (const node of ["hall", "garden"]) open(process, node, "team");
    open(process, "attic", "other");
    open(process, "cellar", "");
    affiliate(process, "hall", BAD, "outcast");
    affiliate(process, "garden", "spam.example", "outcast");
    await until(() => isOut(process, "garden") && isOut(process, "hall", "x@spam.example"));
    expect(enter(process, "garden")).toBe("auth/forbidden");
    expect([enter(process, "attic"), enter(process, "cellar")]).toEqual([undefined, undefined]);
    affiliate(process, "hall", BAD, "none");
    await until(() => isOut(process, "garden"), false);
    expect(enter(process, "garden")).toBeUndefined();
  });

  test("compare names as readers do: case does not matter", async () => {
    const process = await startProcess();
    open(process, "hall", "Team");
    open(process, "garden", " team ");
    affiliate(process, "hall", BAD, "outcast");
    await until(() => isOut(process, "garden"));
  });

  test("remove who is inside, with status 301, and no member", async () => {
    const process = await startProcess();
    for (const node of ["hall", "garden"]) open(process, node, "team");
    affiliate(process, "garden", "member@evil.example", "member");
    for (const jid of [BAD, "member@evil.example"]) enter(process, "garden", jid);
    const remove = () =>
      sendIn(process, () => process.driver.written(process.driver.registry.removeListed()));
    remove();
    affiliate(process, "hall", "evil.example", "outcast");
    await until(() => isOut(process, "garden"));
    const out = remove().filter(({ attrs }) => attrs.type === "unavailable" && attrs.to === `${BAD}/r`);
    expect(out.map(({ attrs }) => attrs.from)).toEqual([`garden@${DOMAIN}/${BAD}`]);
    expect(out[0]?.getChild("x", NS.mucUser)?.getChild("status")?.attrs.code).toBe("301");
    expect(process.driver.registry.get("garden")?.occupants.size).toBe(2);
  });

  test("take bans from before, in both directions", async () => {
    const process = await startProcess();
    open(process, "hall", "");
    open(process, "garden", "");
    affiliate(process, "hall", BAD, "outcast");
    affiliate(process, "garden", "worse@evil.example", "outcast");
    enter(process, "garden");
    process.driver.registry.removeListed();
    configure(process, "garden", { "verona#ban_group": "team" });
    configure(process, "hall", { "verona#ban_group": "team" });
    await until(() => isOut(process, "garden") && isOut(process, "hall", "worse@evil.example"));
    process.driver.registry.removeListed();
    expect(process.driver.registry.get("garden")?.occupants.has(BAD)).toBe(false);
  });

  test("end it at once when one of them has another group or none", async () => {
    const process = await startProcess();
    for (const node of ["hall", "garden"]) open(process, node, "team");
    affiliate(process, "hall", BAD, "outcast");
    affiliate(process, "garden", "worse@evil.example", "outcast");
    await until(() => isOut(process, "garden") && isOut(process, "hall", "worse@evil.example"));
    configure(process, "garden", { "verona#ban_group": "" });
    expect(isOut(process, "garden")).toBe(false);
    await until(() => isOut(process, "hall", "worse@evil.example"), false);
    configure(process, "garden", { "verona#ban_group": "others" });
    await written(process);
    expect(isOut(process, "garden")).toBe(false);
  });
});

describe("section 14.6: nobody brings bans into a room without being its owner", () => {
  test("the same name by different owners is another group", async () => {
    const process = await startProcess();
    open(process, "hall", "team");
    open(process, "lair", "team", OTHER);
    affiliate(process, "lair", BAD, "outcast", OTHER);
    await written(process);
    expect(isOut(process, "hall")).toBe(false);
  });

  test("not by making its owner an owner of another room", async () => {
    const process = await startProcess();
    open(process, "hall", "team");
    open(process, "lair", "team", OTHER);
    affiliate(process, "lair", OWNER_JID, "owner", OTHER);
    affiliate(process, "lair", BAD, "outcast", OTHER);
    // Another owner who changes something else does not take the group over.
    configure(process, "lair", { "verona#ban_group": "team", "muc#roomconfig_roomname": "Lair" }, OWNER);
    await written(process);
    expect(isOut(process, "hall")).toBe(false);
  });

  test("a former owner's group ends, and the form says so", async () => {
    const process = await startProcess();
    open(process, "lair", "team", OTHER);
    open(process, "hall", "", OTHER);
    affiliate(process, "hall", OWNER_JID, "owner", OTHER);
    configure(process, "hall", { "verona#ban_group": "team" }, OTHER);
    affiliate(process, "lair", BAD, "outcast", OTHER);
    await until(() => isOut(process, "hall"));
    affiliate(process, "hall", OTHER_JID, "none");
    expect(isOut(process, "hall")).toBe(false);
    expect(process.driver.registry.get("hall")?.config.banGroup).toBe("");
    expect(process.driver.journal).toContainEqual(
      expect.objectContaining({
        act: expect.objectContaining({ kind: "room-configured", rule: "ban-group" }),
      }),
    );
  });

  test("a form that removes the owner who has named the group does not bring the name back", async () => {
    const process = await startProcess();
    open(process, "hall", "team", OTHER);
    affiliate(process, "hall", OWNER_JID, "owner", OTHER);
    configure(process, "hall", { "muc#roomconfig_roomowners": OWNER_JID, "muc#roomconfig_roomname": "Hall" });
    const room = process.driver.registry.get("hall");
    expect(room?.config).toMatchObject({ banGroup: "", name: "Hall" });
    expect(room?.affiliationOf(OTHER_JID)).not.toBe("owner");
  });

  test("an erased owner's group ends, and does not become the operator's", async () => {
    const process = await startProcess();
    for (const node of ["hall", "garden"]) open(process, node, "team");
    affiliate(process, "hall", OTHER_JID, "owner");
    affiliate(process, "garden", BAD, "outcast");
    await until(() => isOut(process, "hall"));
    const room = process.driver.registry.get("hall");
    if (!room) throw new Error("no room");
    process.driver.registry.runIn(room, (live) => void eraseAccount(live, OWNER_JID));
    expect([room.banGroup, room.config.banGroup, isOut(process, "hall")]).toEqual([undefined, "", false]);
  });
});

describe("section 10.9: the end of a room of a group", () => {
  test("ends its bans, and who takes its name is in no group", async () => {
    const process = await startProcess({ environment: { tombstoneDays: 0 } });
    for (const node of ["hall", "garden"]) open(process, node, "team");
    affiliate(process, "hall", BAD, "outcast");
    await until(() => isOut(process, "garden"));
    process.send(
      OWNER,
      `<iq type="set" id="d" to="hall@${DOMAIN}"><query xmlns="${NS.mucOwner}"><destroy/></query></iq>`,
    );
    await until(() => isOut(process, "garden"), false);
    open(process, "hall", "team", OTHER);
    affiliate(process, "hall", BAD, "outcast", OTHER);
    await written(process);
    expect(isOut(process, "garden")).toBe(false);
  });

  test("a new name keeps room and group together", async () => {
    const process = await startProcess();
    for (const node of ["hall", "garden"]) open(process, node, "team");
    affiliate(process, "hall", BAD, "outcast");
    affiliate(process, "garden", "worse@evil.example", "outcast");
    await until(() => isOut(process, "garden"));
    const room = process.driver.registry.get("hall");
    if (!room) throw new Error("no room");
    sendIn(process, () => {
      const effects = process.driver.registry.runIn(room, (live) => {
        renameRoom(live, { to: "great-hall", by: OWNER_JID });
      });
      return process.driver.written(effects);
    });
    await written(process);
    expect(isOut(process, "garden")).toBe(true);
    const record = store.loadRoom("great-hall");
    if (!record) throw new Error("no room");
    process.driver.registry.restore(record);
    expect(isOut(process, "great-hall", "worse@evil.example")).toBe(true);
    affiliate(process, "great-hall", BAD, "none");
    await until(() => isOut(process, "garden"), false);
  });
});

describe("the list of bans that owners share", () => {
  test("holds after a restart, and in other processes, also for rooms that are not in memory", async () => {
    const process = await startProcess();
    for (const node of ["hall", "garden"]) open(process, node, "team");
    affiliate(process, "hall", BAD, "outcast");
    await until(() => isOut(process, "garden"));
    const again = await startProcess({}, false);
    again.driver.end("hall");
    expect(isOut(again, "garden")).toBe(true);
  });

  test("becomes what the stored rooms say", async () => {
    const process = await startProcess();
    for (const node of ["hall", "garden"]) open(process, node, "team");
    affiliate(process, "hall", BAD, "outcast");
    await until(() => isOut(process, "garden"));
    // The process ended before the list was written, and after that of a room that is not stored.
    store.changeBlocklist(
      "groups of owners",
      [],
      store.readBlocklist("groups of owners", 0, 10).map(({ hash }) => hash),
    );
    const strange = `${"0".repeat(32)} ${"1".repeat(32)} ${"2".repeat(32)}`;
    store.changeBlocklist("groups of owners", [strange], []);
    const unloaded = await startProcess({ records: [] });
    await unloaded.bans.compare();
    const present = store.readBlocklist("groups of owners", 0, 10).filter(({ isRemoved }) => !isRemoved);
    expect(present.map(({ hash }) => hash.length)).toEqual([98]);
    expect(present.map(({ hash }) => hash)).not.toContain(strange);
    const again = await startProcess({}, false);
    expect(isOut(again, "garden")).toBe(true);
  });

  test("has a bounded number of bans of one room", async () => {
    const process = await startProcess();
    for (const node of ["hall", "garden"]) open(process, node, "team");
    const items = Array.from(
      { length: MOST_OF_ROOM },
      (_, n) => `<item affiliation="outcast" jid="a${n}@evil.example"/>`,
    );
    process.send(
      OWNER,
      `<iq type="set" id="m" to="hall@${DOMAIN}"><query xmlns="${NS.mucAdmin}">${items.join("")}</query></iq>`,
    );
    affiliate(process, "hall", BAD, "outcast");
    await written(process);
    expect(isOut(process, "garden", `a${MOST_OF_ROOM - 1}@evil.example`)).toBe(true);
    expect(isOut(process, "garden")).toBe(false);
    expect(warnings).toEqual(["a room has more bans than it shares"]);
  });
});

test("administrators of the service name groups of their own, and the operator another one", async () => {
  const admin = "admin@shakespeare.example/x";
  const process = await startProcess({ admins: ["admin@shakespeare.example", DOMAIN] });
  open(process, "hall", "", OTHER);
  open(process, "garden", "", OTHER);
  open(process, "attic", "team", OTHER);
  for (const node of ["hall", "garden"]) configure(process, node, { "verona#ban_group": "team" }, admin);
  affiliate(process, "attic", "worse@evil.example", "outcast", OTHER);
  affiliate(process, "hall", BAD, "outcast", OTHER);
  await until(() => isOut(process, "garden"));
  expect([isOut(process, "attic"), isOut(process, "hall", "worse@evil.example")]).toEqual([false, false]);
  for (const node of ["garden", "attic"]) {
    configure(process, node, { "verona#ban_group": "" }, admin);
    configure(process, node, { "verona#ban_group": "team" }, `${DOMAIN}/cli`);
  }
  await until(() => isOut(process, "garden", "worse@evil.example"));
  expect(isOut(process, "garden")).toBe(false);
});
