import { createHash } from "node:crypto";
import pino from "pino";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { StoredList } from "../../src/blocklist/stored-list.ts";
import { type ListsParts, SubscribedLists } from "../../src/blocklist/subscribed-lists.ts";
import { IN_MEMORY, SqliteStore } from "../../src/storage/sqlite/store.ts";
import { parse } from "../../src/xmpp/element.ts";
import { NS } from "../../src/xmpp/namespaces.ts";
import { FakeListService, NODE, SERVICE } from "./fake-list-service.ts";

const sha = (text: string) => createHash("sha256").update(text).digest("hex");
const BAD = "bad@evil.example";
const GOOD = "good@fine.example";
const ADDRESS = { service: SERVICE, node: NODE };
const HOUR = 3_600_000;

let store: SqliteStore;
let service: FakeListService;
let now: number;
let isFirst: boolean;
let addresses: ListsParts["addresses"];
let changes: number;
const opened: SubscribedLists[] = [];

beforeEach(() => {
  store = new SqliteStore(IN_MEMORY);
  service = new FakeListService();
  now = 0;
  isFirst = true;
  changes = 0;
  addresses = () => [ADDRESS];
});
afterEach(() => {
  for (const lists of opened.splice(0)) lists.stop();
  store.close();
});

async function open(more: Partial<ListsParts> = {}): Promise<SubscribedLists> {
  const lists = new SubscribedLists({
    addresses: () => addresses(),
    table: store,
    domain: "chat.example",
    write: (text) => service.write(text),
    isOpen: () => true,
    isFirst: () => isFirst,
    otherLists: () => [new StoredList("group a", store, () => {})],
    changed() {
      changes += 1;
    },
    log: pino({ level: "silent" }),
    elapsed: () => now,
    ...more,
  });
  opened.push(lists);
  service.deliver = (stanza) => void lists.take(stanza);
  await lists.load();
  return lists;
}

/** Opens the lists and reads them from the service. */
async function read(): Promise<SubscribedLists> {
  const lists = await open();
  await lists.tick();
  return lists;
}

const settled = (check: () => void) => vi.waitFor(check);

describe("XEP-0060 6.5 the items of a list", () => {
  test("are hashes of bare JIDs or of domains, in any case, or domains", async () => {
    service.items.push(sha(BAD).toUpperCase(), sha("hash.example"), "Plain.Example");
    const lists = await read();
    expect(service.asked).toEqual(["subscribe", "items"]);
    const found = [BAD, "x@hash.example", "x@plain.example", "plain.example", GOOD, "x@evil.example"];
    expect(found.map((jid) => lists.has(jid))).toEqual([true, true, true, true, false, false]);
  });

  test("that are neither are left out", async () => {
    service.items.push("current", BAD, "a".repeat(63), "x".repeat(2_000), "");
    const lists = await read();
    expect(lists.figures()).toMatchObject([{ hashes: 0 }]);
  });

  test("are read in pages (XEP-0059), to the last", async () => {
    service.page = 500;
    service.items.push(...Array.from({ length: 1_201 }, (_, n) => sha(`${n}`)));
    const lists = await read();
    expect(service.asked).toEqual(["subscribe", "items", "items", "items", "items"]);
    expect(lists.figures()).toMatchObject([{ hashes: 1_201 }]);
  });

  test("are read once from a service that does not know pages", async () => {
    service.items.push(sha(BAD), sha("b"));
    const lists = await read();
    expect(service.asked).toEqual(["subscribe", "items"]);
    expect(lists.figures()).toMatchObject([{ hashes: 2 }]);
  });

  test("that are gone at the next reading are removed, after six hours or on a new link", async () => {
    service.items.push(sha(BAD), sha(GOOD));
    const lists = await read();
    service.items.shift();
    now += 6 * HOUR - 1;
    await lists.tick();
    expect(lists.has(BAD)).toBe(true);
    now += 1;
    await lists.tick();
    expect([lists.has(BAD), lists.has(GOOD)]).toEqual([false, true]);
    service.items.shift();
    lists.online();
    await lists.tick();
    expect(lists.has(GOOD)).toBe(false);
  });

  test("may change while they are read: what was told meanwhile holds", async () => {
    service.page = 1;
    service.items.push(sha("a"), sha("b"), sha("c"));
    service.beforePage = () => {
      service.beforePage = () => {};
      service.notify(`<items node="${NODE}"><item id="${sha(BAD)}"/><retract id="${sha("c")}"/></items>`);
    };
    const lists = await read();
    expect([lists.has(BAD), lists.figures()[0]?.hashes]).toEqual([true, 3]);
  });

  test("are at most 200 000", { timeout: 60_000 }, async () => {
    for (let n = 0; n <= 200_000; n++) service.items.push(n.toString(16).padStart(64, "0"));
    const lists = await read();
    expect(lists.figures()).toMatchObject([{ hashes: 200_000 }]);
  });
});

describe("XEP-0060 7 notifications", () => {
  test("add and remove items, also in the store", async () => {
    const lists = await read();
    service.notify(
      `<items node="${NODE}"><item id="${sha(BAD)}"><report xmlns="urn:xmpp:reporting:1"/></item></items>`,
    );
    await settled(() => expect(lists.has(BAD)).toBe(true));
    expect((await open()).has(BAD)).toBe(true);
    service.deliver = (stanza) => void lists.take(stanza);
    service.notify(`<items node="${NODE}"><retract id="${sha(BAD)}"/></items>`);
    await settled(() => expect(lists.has(BAD)).toBe(false));
    expect((await open()).has(BAD)).toBe(false);
    expect(changes).toBeGreaterThanOrEqual(2);
  });

  test.each(["purge", "delete"])("of %s empty the list", async (name) => {
    service.items.push(sha(BAD));
    const lists = await read();
    service.notify(`<${name} node="${NODE}"/>`);
    await settled(() => expect(lists.has(BAD)).toBe(false));
  });

  test("of others, of other nodes, to rooms and as errors change nothing", async () => {
    const lists = await read();
    const items = `<items node="${NODE}"><item id="${sha(BAD)}"/></items>`;
    service.notify(items, "evil.example");
    service.notify(items, `${SERVICE}.evil.example`);
    service.notify(items.replace(NODE, "other"));
    service.notify(items, SERVICE, "room@chat.example");
    const event = `<event xmlns="${NS.pubsubEvent}">${items}</event>`;
    service.send(`<message type="error" from="${SERVICE}" to="chat.example">${event}</message>`);
    service.notify(items.replace(sha(BAD), sha("marker")));
    await settled(() => expect(lists.figures()).toMatchObject([{ hashes: 1 }]));
    expect(lists.has(BAD)).toBe(false);
  });
});

describe("a list whose service is away", () => {
  test("applies as the store has it, and is read again after 30 seconds, then after 60", async () => {
    service.items.push(sha(BAD));
    await read();
    service.isAway = true;
    const lists = await open();
    await lists.tick();
    expect(lists.has(BAD)).toBe(true);
    expect(lists.figures()).toMatchObject([{ failures: 1 }]);
    service.items.push(sha(GOOD));
    now += 29_999;
    await lists.tick();
    service.asked.length = 0;
    now += 1;
    await lists.tick();
    expect(service.asked).toEqual(["subscribe"]);
    now += 59_999;
    await lists.tick();
    expect(service.asked).toEqual(["subscribe"]);
    expect(lists.figures()).toMatchObject([{ failures: 2 }]);
    service.isAway = false;
    now += 1;
    await lists.tick();
    expect(lists.has(GOOD)).toBe(true);
    expect(lists.figures()).toMatchObject([{ failures: 0 }]);
  });

  test("keeps its items if the service refuses", async () => {
    service.items.push(sha(BAD));
    const lists = await read();
    const { write } = service;
    service.write = (text) => {
      const { id, from } = parse(text).attrs;
      service.send(
        `<iq type="error" id="${id}" from="${SERVICE}" to="${from}"><error><item-not-found/></error></iq>`,
      );
      return true;
    };
    lists.online();
    await lists.tick();
    service.write = write;
    expect(lists.has(BAD)).toBe(true);
  });
});

describe("the configuration", () => {
  test("adds a list, and ends one at the service and in the store", async () => {
    service.items.push(sha(BAD));
    addresses = () => [];
    const lists = await read();
    expect([service.asked, lists.has(BAD)]).toEqual([[], false]);
    addresses = () => [ADDRESS];
    lists.reconfigure();
    await lists.tick();
    expect(lists.has(BAD)).toBe(true);
    addresses = () => [{ service: SERVICE, node: "other" }];
    service.asked.length = 0;
    lists.reconfigure();
    expect([service.asked, lists.has(BAD)]).toEqual([["unsubscribe"], false]);
  });

  test("forgets a list in the store after the next reading of another", async () => {
    store.changeBlocklist("old list", [sha(BAD)], []);
    store.changeBlocklist("group a", [sha(BAD)], []);
    await read();
    expect(store.readBlocklist("group a", 0, 10)).toHaveLength(1);
    expect(store.readBlocklist("old list", 0, 10)).toEqual([]);
  });

  test("forgets every hour what others have removed, also without lists to follow", async () => {
    addresses = () => [];
    const lists = await open();
    const pass = async () => {
      now += HOUR;
      await lists.tick();
      return store.readBlocklist("group a", 0, 10).map(({ hash }) => hash);
    };
    store.changeBlocklist("group a", ["1", "2"], []);
    store.changeBlocklist("group a", [], ["1"]);
    store.changeBlocklist("group a", ["3"], []);
    // Other processes have an hour to read what was removed.
    expect(await pass()).toEqual(["2", "1", "3"]);
    expect(await pass()).toEqual(["2", "3"]);
  });
});

describe("another node of a cluster", () => {
  test("asks nothing, and follows the store", async () => {
    isFirst = false;
    const lists = await open();
    store.changeBlocklist(`${SERVICE} ${NODE}`, [sha(BAD)], []);
    await lists.tick();
    expect([service.asked, lists.has(BAD)]).toEqual([[], true]);
    store.changeBlocklist(`${SERVICE} ${NODE}`, [], [sha(BAD)]);
    await lists.tick();
    expect(lists.has(BAD)).toBe(false);
  });

  test("gives what it gets to the first one", async () => {
    isFirst = false;
    const forwarded: string[] = [];
    const lists = await open({ forward: (stanza) => forwarded.push(stanza.getName()) });
    service.notify(`<items node="${NODE}"><item id="${sha(BAD)}"/></items>`);
    const answer = `<iq type="result" id="blocklist-1" from="${SERVICE}" to="chat.example"/>`;
    expect(lists.take(parse(answer))).toBe(true);
    expect(forwarded).toEqual(["message", "iq"]);
    expect(lists.take(parse(answer.replace("blocklist-1", "x")))).toBe(false);
  });

  test("reads the store when it becomes the first, then the service", async () => {
    isFirst = false;
    const lists = await open();
    store.changeBlocklist(`${SERVICE} ${NODE}`, [sha("old")], []);
    service.items.push(sha(BAD));
    isFirst = true;
    await lists.tick();
    expect([lists.has(BAD), lists.figures()[0]?.hashes]).toEqual([true, 1]);
  });
});
