// A service without a link, on which tests call operations: real rules, commits and storage.
import { setImmediate as immediate } from "node:timers/promises";
import pino from "pino";
import { expect } from "vitest";
import { z } from "zod";
import type { OtherNodes } from "../../src/admin/other-nodes.ts";
import { ServiceBans } from "../../src/blocklist/service-bans.ts";
import { Outbox } from "../../src/connection/outbox.ts";
import { EventSource } from "../../src/events/event-source.ts";
import { LiveService } from "../../src/live-service.ts";
import { Effects } from "../../src/muc/model/effects.ts";
import type { RoomRecord } from "../../src/muc/model/journal.ts";
import { DEFAULT_ROOM_CONFIG, type RoomConfig } from "../../src/muc/model/room-config.ts";
import type { RoomEnvironment } from "../../src/muc/model/room-environment.ts";
import { OPEN_ACCESS, type ServiceAccess } from "../../src/muc/model/service-access.ts";
import { RoomRegistry } from "../../src/muc/service/registry.ts";
import { findOperation } from "../../src/operations/catalogue.ts";
import {
  type Caller,
  COMMON_REFUSALS,
  type Operation,
  type OperationOutcome,
} from "../../src/operations/operation.ts";
import type { Reloaded } from "../../src/operations/operation-service.ts";
import { OperationRunner } from "../../src/operations/run-operation.ts";
import type { TokenKeeper } from "../../src/operations/tokens/token-keeper.ts";
import { RoomLoader } from "../../src/room-loader.ts";
import { roomsInMemory } from "../../src/rooms-in-memory.ts";
import { Router } from "../../src/router.ts";
import { LiveControl } from "../../src/service-control.ts";
import { IN_MEMORY, SqliteStore } from "../../src/storage/sqlite/store.ts";
import { StoreRecords } from "../../src/storage/store-records.ts";
import { DELIVERY_TERMS, type DeliveryTerms } from "../../src/webhooks/delivery-queue.ts";
import { Webhooks } from "../../src/webhooks/webhooks.ts";
import { type Element, parse } from "../../src/xmpp/element.ts";
import { readStanza } from "../../src/xmpp/stanza.ts";
import { inEnglish } from "../../src/xmpp/text.ts";
import { schemaProblem } from "../support/json-schema.ts";
import { Driver } from "../support/room-driver.ts";

export const DOMAIN = "chat.example";
/** A service administrator. */
export const ADMIN = "abbess@shakespeare.example";
export const ROOM = "coven@chat.example";

interface HarnessOptions {
  readonly defaults?: Partial<RoomConfig>;
  readonly store?: SqliteStore;
  readonly environment?: Partial<RoomEnvironment>;
  readonly terms?: Partial<DeliveryTerms>;
  readonly mayCreateRooms?: (bareJid: string) => boolean;
}

export class OperationHarness {
  readonly store: SqliteStore;
  readonly bans: ServiceBans;
  readonly live: LiveService;
  readonly registry: RoomRegistry;
  readonly runner: OperationRunner;
  readonly events: EventSource;
  readonly tokens: TokenKeeper;
  readonly webhooks: Webhooks;
  /** Lines of the log. */
  readonly log: Record<string, unknown>[] = [];
  readonly #router: Router;
  readonly #outbox: Outbox;
  readonly #terms: DeliveryTerms;
  #written = "";
  /** What a reload of the configuration returns. */
  reloaded: Reloaded = { applied: [], afterRestart: [], problems: [] };

  constructor({
    defaults,
    environment: more,
    terms,
    mayCreateRooms = () => true,
    store,
  }: HarnessOptions = {}) {
    this.store = store ?? new SqliteStore(IN_MEMORY);
    let version = 0;
    const bans = new ServiceBans({
      table: this.store,
      isShared: false,
      changed: () => {
        version += 1;
        this.#outbox.add(this.registry.removeListed());
      },
      failed: rethrow,
    });
    this.bans = bans;
    const access: ServiceAccess = {
      ...OPEN_ACCESS,
      standingOf: (jid) => (bans.has(jid) ? "barred" : "free"),
      get version() {
        return version;
      },
    };
    const { environment } = new Driver({
      admins: [DOMAIN, ADMIN],
      environment: { access, ...more },
    }).registry;
    this.registry = new RoomRegistry(environment, {
      defaults: { ...DEFAULT_ROOM_CONFIG, persistent: true, ...defaults },
      maxRooms: 1000,
      roomsPerHour: 1000,
      mayCreateRooms,
      faulted: rethrow,
      damaged: rethrow,
    });
    const records = new StoreRecords(this.store, roomsInMemory(this.registry));
    const sink = { write: (text: string) => this.#write(text), isFull: false };
    this.events = new EventSource({
      domain: DOMAIN,
      now: environment.now,
      roomOf: (node) => this.registry.get(node),
      faulted: rethrow,
    });
    const adding = (effects: Effects): void => this.events.note(effects);
    this.#outbox = new Outbox(records, sink, { adding, failed: rethrow, unreadable: rethrow });
    const loader = new RoomLoader(this.registry, this.store, this.#outbox, { faulted: rethrow });
    const facts = {
      ...{ name: "Chatrooms", version: "1.2.3", contacts: {} },
      ...{ now: Date.now, memory: () => 64 * 1024 * 1024 },
    };
    this.#router = new Router(this.registry, facts, rethrow);
    const status = {
      ...{ version: "1.2.3", storage: "sqlite", isOnline: true, uptime: 61.5, memory: 64 * 1024 * 1024 },
      ...{ messages: 0, waiting: { commit: 0, turn: 0 } },
    };
    this.#terms = { ...DELIVERY_TERMS, ...terms };
    this.webhooks = this.anotherWebhooks();
    this.events.keeper = this.webhooks;
    const parts = {
      registry: this.registry,
      records,
      store: this.store,
      status,
      events: this.events,
      webhooks: this.webhooks,
      loader,
    };
    const log = pino({ base: null }, { write: (line: string) => void this.log.push(JSON.parse(line)) });
    const control = new LiveControl({
      ...{ registry: this.registry, router: this.#router, outbox: this.#outbox, log },
      reload: () => this.reloaded,
    });
    const live = new LiveService({
      ...{ ...parts, control, bans, outbox: this.#outbox },
      blocklists: {
        configured: () => ({ entry: ["spam.example"], creation: [], everything: [] }),
        subscribed: () => [{ list: "lists.example bans", hashes: 2, hits: 1, failures: 0 }],
      },
    });
    this.tokens = live.tokens;
    this.live = live;
    this.runner = new OperationRunner(live, log);
    this.#router.operations = this.runner;
  }

  /** Sets the other processes that serve the domain. */
  set others(others: OtherNodes) {
    this.#router.others = others;
  }

  /** Makes what another process of the service would have. `isFirst`: of a cluster. */
  anotherWebhooks(isFirst?: () => boolean): Webhooks {
    return new Webhooks({
      ...{ table: this.store, log: pino({ level: "silent" }), agent: "Verona/1.2.3" },
      isShared: isFirst !== undefined,
      terms: this.#terms,
      now: this.registry.environment.now,
      isFirst: isFirst ?? (() => true),
      commit: async (entries) => {
        const effects = new Effects();
        effects.journal.push(...entries);
        this.#outbox.add(effects);
        await this.#outbox.settle();
      },
    });
  }

  /** Sends one stanza from a client. Returns everything that the service sends. */
  async send(from: string, xml: string): Promise<Element[]> {
    const element = parse(xml);
    element.attrs.from = from;
    const stanza = readStanza(element);
    if (!stanza) throw new Error(`no stanza: ${xml}`);
    this.#outbox.add(this.#router.route(stanza));
    return this.sent();
  }

  /** Lets a client enter a room; the first one creates it and accepts its configuration. */
  async enter(from: string, nick: string, room = ROOM): Promise<void> {
    await this.send(
      from,
      `<presence to="${room}/${nick}"><x xmlns="http://jabber.org/protocol/muc"/></presence>`,
    );
    const accept = `<iq type="set" id="a" to="${room}"><query xmlns="http://jabber.org/protocol/muc#owner"><x xmlns="jabber:x:data" type="submit"/></query></iq>`;
    if (this.registry.get(room.split("@")[0] ?? "")?.locked) await this.send(from, accept);
  }

  /** Returns the stanzas that were sent since the last call. */
  async sent(): Promise<Element[]> {
    await this.#outbox.settle();
    while (this.#outbox.isReading(() => true)) {
      await immediate();
      await this.#outbox.settle();
    }
    const text = this.#written;
    this.#written = "";
    return parse(`<stream xmlns="jabber:client">${text}</stream>`).getChildElements();
  }

  /** Calls an operation in the name of the operator. */
  async call(
    name: string,
    params: Record<string, unknown> = {},
    caller: Caller = this.runner.operator("a test"),
  ): Promise<OperationOutcome> {
    const outcome = await this.runner.run(name, params, caller);
    const operation = findOperation(name);
    return operation ? expectDeclared(operation, outcome) : outcome;
  }

  /** Calls an operation that must succeed; returns its result. */
  async result(name: string, params: Record<string, unknown> = {}): Promise<unknown> {
    const outcome = await this.call(name, params);
    if (outcome.kind !== "result") return expect.fail(JSON.stringify(outcome));
    return outcome.value;
  }

  /** Calls an operation that must be refused; returns the condition and the text. */
  async refusal(name: string, params: Record<string, unknown> = {}): Promise<[string, string | undefined]> {
    const outcome = await this.call(name, params);
    if (outcome.kind !== "refused") return expect.fail(JSON.stringify(outcome));
    return [outcome.error.condition, outcome.error.text && inEnglish(outcome.error.text)];
  }

  /** Checks that the store has what is in memory. */
  async expectKept(): Promise<void> {
    await this.sent();
    const nodes = this.store.nodes(undefined, 10_000);
    const kept = ({ affiliations, sessions, notes, ...rest }: RoomRecord) => ({
      ...rest,
      affiliations: affiliations.toSorted((a, b) => (a.jid < b.jid ? -1 : 1)),
      sessions: sessions.toSorted((a, b) => (a.jid < b.jid ? -1 : 1)),
      notes: new Map([...notes].toSorted()),
    });
    for (const room of this.registry.all()) {
      const stored = this.store.loadRoom(room.node);
      expect(stored && kept(stored)).toEqual(kept(room.record()));
    }
    expect(this.registry.count).toBe(nodes.length);
  }

  #write(text: string): boolean {
    this.#written += text;
    return true;
  }
}

/** Checks that an outcome is one that the operation's declaration promises, as the documentation does. */
function expectDeclared(operation: Operation, outcome: OperationOutcome): OperationOutcome {
  const { name, refusals } = operation;
  if (outcome.kind === "refused")
    expect([...refusals, ...COMMON_REFUSALS], `a refusal of ${name}`).toContain(outcome.error.condition);
  const schema = z.toJSONSchema(operation.result, { io: "output", unrepresentable: "any" });
  const check = (value: unknown): void => {
    const sent: unknown = JSON.parse(JSON.stringify(value));
    expect(schemaProblem(schema, sent), `the result of ${name}`).toBeUndefined();
  };
  if (outcome.kind === "result") check(outcome.value);
  if (outcome.kind !== "stream") return outcome;
  const { lines } = outcome;
  return { kind: "stream", lines: checked(lines, check) };
}

async function* checked(lines: AsyncIterable<unknown>, check: (line: unknown) => void) {
  for await (const line of lines) {
    check(line);
    yield line;
  }
}

function rethrow(error: unknown): void {
  throw error;
}
