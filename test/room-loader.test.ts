import { setTimeout as delay } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { historyOf } from "../src/muc/archive/archive.ts";
import { DEFAULT_ROOM_CONFIG } from "../src/muc/model/room-config.ts";
import type { RoomEnvironment } from "../src/muc/model/room-environment.ts";
import { RoomRegistry } from "../src/muc/service/registry.ts";
import { RoomLoader } from "../src/room-loader.ts";
import { Router } from "../src/router.ts";
import { IN_MEMORY, SqliteStore } from "../src/storage/sqlite/store.ts";
import type { Store } from "../src/storage/store.ts";
import { parse } from "../src/xmpp/element.ts";
import { readStanza } from "../src/xmpp/stanza.ts";
import { archived, message, room, session } from "./storage/records.ts";
import { outgoingOf, writeOutgoing } from "./support/effects.ts";
import { Driver } from "./support/room-driver.ts";

/** Returns a registry, and a loader over a store that contains the room "coven". */
function newLoader(
  change: (store: SqliteStore) => Partial<Store> = () => ({}),
  more: Partial<RoomEnvironment> = {},
) {
  const { environment } = new Driver({ environment: more }).registry;
  const options = {
    defaults: DEFAULT_ROOM_CONFIG,
    maxRooms: 10,
    roomsPerHour: 10,
    mayCreateRooms: () => true,
  };
  const registry = new RoomRegistry(environment, options);
  const store = new SqliteStore(IN_MEMORY);
  store.commit([{ kind: "room-stored", room }, archived("coven", message(1))]);
  const changed = change(store);
  const proxy = new Proxy(store, {
    get: (target, name: keyof Store) => changed[name] ?? target[name].bind(target),
  });
  const done: unknown[] = [];
  const faulted = (error: unknown, node: string) => void done.push([String(error), node]);
  const loader = new RoomLoader(
    registry,
    proxy,
    { whenCommitted: () => void done.push("kept") },
    { faulted },
  );
  return { loader, registry, done };
}

describe("the loader of rooms", () => {
  it("reads a stored room when it is needed, after what is on its way to the store, and once", () => {
    const { loader, registry, done } = newLoader();
    for (const node of ["coven", "coven", "heath"])
      loader.whenLoaded(node, () => done.push([node, registry.get(node)?.address]));
    expect(done).toEqual([
      "kept",
      ["coven", "coven@chat.example"],
      ["coven", "coven@chat.example"],
      "kept",
      ["heath", undefined],
    ]);
    const coven = registry.get("coven");
    expect(coven?.sessions.size).toBe(1);
    const all = { maxChars: undefined, maxStanzas: 10, since: undefined };
    expect(
      coven &&
        historyOf(coven)
          .select(all, "x@example")
          .map(({ stanzaId }) => stanzaId),
    ).toEqual(["s1"]);
  });

  it("has a self-ping tell the truth before anything else has used the room (XEP-0410 3.3)", () => {
    const { loader, registry } = newLoader();
    const facts = { name: "", version: "", contacts: {}, now: () => 0, memory: () => 0 };
    const router = new Router(registry, facts, (error) => expect.unreachable(String(error)));
    const answers = [session.jid, "hag66@example.org/pda"].map((from) => {
      const ping = '<ping xmlns="urn:xmpp:ping"/>';
      const stanza = readStanza(
        parse(`<iq type="get" id="p" from="${from}" to="coven@chat.example/${session.nick}">${ping}</iq>`),
      );
      if (!stanza) return undefined;
      let answer = "";
      loader.whenLoaded("coven", () => {
        answer = outgoingOf(router.route(stanza)).map(writeOutgoing).join("");
      });
      return answer;
    });
    expect(answers).toEqual([
      expect.stringContaining('type="result"'),
      expect.stringContaining("<not-acceptable "),
    ]);
  });

  it.each([
    ["at once", () => ({})],
    ["later", (store: SqliteStore) => ({ loadRoom: async (node: string) => store.loadRoom(node) })],
  ])("does what waits for a room once, each whatever another one throws (read %s)", async (_, change) => {
    const { loader, done } = newLoader(change);
    const act = (name: string) =>
      loader.whenLoaded("coven", (fault) => {
        done.push([name, fault]);
        throw new Error(`a fault in ${name}`);
      });
    act("one");
    act("two");
    await new Promise(setImmediate);
    act("three");
    expect(done).toEqual([
      "kept",
      ...["one", "two", "three"].flatMap((name) => [
        [name, undefined],
        [`Error: a fault in ${name}`, "coven"],
      ]),
    ]);
  });

  it.each([
    ["at once", () => ({})],
    ["later", (store: SqliteStore) => ({ loadRoom: async (node: string) => store.loadRoom(node) })],
  ])(
    "reads a room again that a fault has taken out of memory, before what waits behind (read %s)",
    async (_, change) => {
      const { loader, registry, done } = newLoader(change);
      loader.whenLoaded("coven", () => {});
      await new Promise(setImmediate);
      done.length = 0;
      const before = registry.get("coven");
      loader.whenLoaded("coven", () => {
        const room = registry.get("coven");
        if (!room) return;
        Object.defineProperty(room, "takeEffects", { value: () => expect.fail("broken") });
        registry.runIn(room, () => {});
        loader.whenLoaded("coven", () => done.push(registry.get("coven")));
      });
      loader.whenLoaded("coven", () => done.push(registry.get("coven")));
      await new Promise(setImmediate);
      const after = registry.get("coven");
      expect(after).not.toBe(before);
      expect(after?.sessions.size).toBe(1);
      expect(done.filter((each) => each !== "kept")).toEqual([after, after]);
    },
  );

  it("keeps the order of what waits for a room, while others go on", async () => {
    const { loader, done } = newLoader((store) => ({
      loadRoom: (node) => (node === "coven" ? Promise.resolve(store.loadRoom(node)) : undefined),
    }));
    for (const [node, action] of [
      ["coven", 1],
      ["heath", 2],
      ["coven", 3],
    ] as const)
      loader.whenLoaded(node, () => done.push(action));
    await new Promise(setImmediate);
    expect(done).toEqual(["kept", "kept", 2, 1, 3]);
  });

  it.each([
    () => {
      throw new Error("no disk");
    },
    () => Promise.reject(new Error("no disk")),
  ])(
    "tells those who wait of a store that cannot be read, and reads again for the next",
    async (loadRoom) => {
      let reads = 0;
      const { loader, done } = newLoader((store) => ({
        loadRoom: (node) => (++reads === 1 ? loadRoom() : store.loadRoom(node)),
      }));
      loader.whenLoaded("coven", (fault) => done.push(String(fault)));
      await new Promise(setImmediate);
      loader.whenLoaded("coven", (fault) => done.push(String(fault)));
      expect(done).toEqual(["kept", "Error: no disk", "kept", "undefined"]);
    },
  );

  it("leaves a frozen room alone until it is served again, and does not load one that has moved", async () => {
    const { loader, registry } = newLoader();
    const unreadable = (error: unknown) => expect.unreachable(String(error));
    const frozen = new Set(["coven"]);
    registry.isFrozen = (node) => frozen.has(node);
    let isOwn = true;
    const load = () => loader.loadOccupied(new AbortController().signal, unreadable, () => isOwn);
    registry.lost.add("coven");
    loader.readLost();
    const first = load();
    expect(await Promise.race([first, delay(30, "waits")])).toBe("waits");
    isOwn = false;
    await first;
    expect(registry.get("coven")).toBeUndefined();
    isOwn = true;
    const second = load();
    frozen.clear();
    await second;
    expect(registry.get("coven")?.sessions.size).toBe(1);
  });

  it("lets go of rooms that nobody is in and nobody has used for a while", () => {
    const { loader, registry } = newLoader((store) => ({
      loadRoom: (node) => ({
        ...store.loadRoom("coven"),
        ...room,
        node,
        sessions: node === "coven" ? room.sessions : [],
      }),
    }));
    for (const node of ["coven", "heath"]) loader.whenLoaded(node, () => {});
    const now = registry.environment.now();
    loader.unload(now);
    expect([...registry.all()].map(({ node }) => node)).toEqual(["coven", "heath"]);
    loader.unload(now + 1);
    expect([...registry.all()].map(({ node }) => node)).toEqual(["coven"]);
  });

  it("keeps no more than a thousand rooms that nobody is in, however many are asked about; the latest stay", () => {
    let tick = 0;
    const { loader, registry } = newLoader(
      () => ({ loadRoom: (node) => ({ ...room, node, sessions: [] }) }),
      { elapsed: () => ++tick },
    );
    for (let n = 0; n < 3_000; n += 1) loader.whenLoaded(`room${n}`, () => {});
    loader.unload(0);
    const nodes = [...registry.all()].map(({ node }) => node);
    expect([nodes.length, nodes[0], nodes.at(-1)]).toEqual([1_000, "room2000", "room2999"]);
  });
});
