// The blocklists of others that the service follows (docs/moderation.md).
import type { Logger } from "pino";
import type { ListAddress } from "../config/list-address.ts";
import { IqRequests } from "../connection/iq-requests.ts";
import type { BlocklistTable } from "../storage/blocklist-table.ts";
import type { Element } from "../xmpp/element.ts";
import { bareOf } from "../xmpp/jid.ts";
import { hashesOf, nameOf, readChanges } from "./list-items.ts";
import { ListSubscription } from "./list-subscription.ts";
import { StoredList } from "./stored-list.ts";

/** Milliseconds between two looks at what is due, and at what other nodes have stored. */
const TICK_MS = 5_000;
/** Rows that are forgotten at a time, and milliseconds between two times. */
const TRIMMED = 500;
const TRIM_EVERY_MS = 3_600_000;
/** The beginning of ids of requests, by which nodes know each other's. */
const ID_PREFIX = "blocklist-";

export interface ListsParts {
  /** The lists that are configured now. */
  addresses(): readonly ListAddress[];
  readonly table: BlocklistTable;
  /** The address of the service. */
  readonly domain: string;
  /** Writes a stanza; returns false without a link. */
  write(text: string): boolean;
  /** Returns true while stanzas are sent and read. */
  isOpen(): boolean;
  /** Returns true if this process follows the lists for all nodes. */
  isFirst(): boolean;
  /** Gives a stanza to the other nodes; undefined without any. */
  readonly forward?: ((stanza: Element) => void) | undefined;
  /** Lists in the table that others keep. */
  otherLists(): readonly StoredList[];
  /** Called after each change of a list. */
  changed(): void;
  readonly log: Logger;
  elapsed(): number;
}

interface ListFigures {
  readonly list: string;
  readonly hashes: number;
  readonly hits: number;
  readonly failures: number;
}

interface Followed {
  readonly address: ListAddress;
  readonly list: StoredList;
  readonly subscription: ListSubscription;
  hits: number;
}

export class SubscribedLists {
  readonly #parts: ListsParts;
  readonly #followed = new Map<string, Followed>();
  readonly #requests: IqRequests;
  #timer: NodeJS.Timeout | undefined;
  #isTicking = false;
  #wasFirst = false;
  /** The version of the lists when they were trimmed last. */
  #trimmedAt = 0;
  #trimDueAt: number;

  constructor(parts: ListsParts) {
    this.#parts = parts;
    this.#trimDueAt = parts.elapsed() + TRIM_EVERY_MS;
    this.#requests = new IqRequests(parts.domain, ID_PREFIX);
  }

  /** Reads what the store has, so that the lists apply before anybody enters. Never rejects. */
  async load(): Promise<void> {
    this.reconfigure();
    await this.#readAll();
  }

  start(): void {
    this.#timer = setInterval(() => void this.tick(), TICK_MS);
    void this.tick();
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#requests.clear();
    for (const { subscription } of this.#followed.values()) subscription.end();
  }

  /** Follows the lists that are configured now. A list that is no longer configured applies no longer. */
  reconfigure(): void {
    const wanted = new Map(this.#parts.addresses().map((address) => [nameOf(address), address]));
    for (const [name, { subscription }] of [...this.#followed]) {
      if (wanted.has(name)) continue;
      this.#followed.delete(name);
      subscription.end();
      if (this.#parts.isFirst()) subscription.unsubscribe();
      this.#parts.changed();
    }
    for (const [name, address] of wanted) {
      if (this.#followed.has(name)) continue;
      const { table, domain, log, elapsed, changed } = this.#parts;
      const list = new StoredList(name, table, changed);
      const ask = this.#ask.bind(this);
      const subscription = new ListSubscription({ address, list, domain, ask, log, elapsed });
      this.#followed.set(name, { address, list, subscription, hits: 0 });
    }
  }

  /** The link is there again: notifications may have been lost meanwhile. */
  online(): void {
    for (const { subscription } of this.#followed.values()) subscription.expire();
    if (this.#timer) void this.tick();
  }

  /** Returns true if a list has an account or its domain. */
  has(bareJid: string): boolean {
    if (this.#followed.size === 0) return false;
    const [account, domain] = hashesOf(bareJid);
    let isListed = false;
    for (const followed of this.#followed.values()) {
      if (!followed.list.has(account) && !followed.list.has(domain)) continue;
      followed.hits += 1;
      isListed = true;
    }
    return isListed;
  }

  /** Returns the number of hashes in each list, how many accounts were found in it, and failures since it was read. */
  figures(): ListFigures[] {
    return [...this.#followed].map(([name, { list, subscription, hits }]) => ({
      list: name,
      hashes: list.size,
      hits,
      failures: subscription.failures,
    }));
  }

  /** Takes an answer or a notification of a list's service. Returns false for other stanzas. */
  take(stanza: Element): boolean {
    const { to, from = "" } = stanza.attrs;
    if (this.#followed.size === 0 || to !== this.#parts.domain) return false;
    if (this.#requests.takeAnswer(stanza)) return true;
    const followed = [...this.#followed.values()].filter(({ address }) => address.service === bareOf(from));
    if (followed.length === 0) return false;
    if (stanza.getName() === "iq") return this.#passAnswer(stanza);
    const changes = stanza.getName() === "message" ? readChanges(stanza) : undefined;
    if (!changes) return false;
    if (!this.#parts.isFirst()) {
      this.#parts.forward?.(stanza);
      return true;
    }
    for (const { address, list, subscription } of followed) {
      const change = changes.get(address.node);
      if (change) subscription.follow(change).catch((error) => this.#failed(list.name, error));
    }
    return true;
  }

  /** The server may give an answer to another node than the one that asked. */
  #passAnswer(stanza: Element): boolean {
    const { id, type } = stanza.attrs;
    if (!id?.startsWith(ID_PREFIX) || (type !== "result" && type !== "error")) return false;
    if (!this.#parts.isFirst()) this.#parts.forward?.(stanza);
    return true;
  }

  /** Does what is due: reads from services, or from the store what the first node has written. Never rejects. */
  async tick(): Promise<void> {
    const { isFirst, isOpen, elapsed } = this.#parts;
    if (this.#isTicking) return;
    this.#isTicking = true;
    try {
      const isNewFirst = isFirst() && !this.#wasFirst;
      this.#wasFirst = isFirst();
      if (!isFirst() || isNewFirst) await this.#readAll();
      if (!isFirst() || !isOpen()) return;
      const all = [...this.#followed.values()];
      const passed = await Promise.all(all.map(({ subscription }) => subscription.pass()));
      if (passed.includes(true) || elapsed() >= this.#trimDueAt) await this.#trim();
    } finally {
      this.#isTicking = false;
    }
  }

  async #readAll(): Promise<void> {
    for (const { list } of this.#followed.values())
      await list.read().catch((error) => this.#failed(list.name, error));
  }

  /** Forgets lists that are no longer configured, and what was removed before the last time. */
  async #trim(): Promise<void> {
    this.#trimDueAt = this.#parts.elapsed() + TRIM_EVERY_MS;
    await this.#readAll();
    const others = this.#parts.otherLists();
    const lists = [...[...this.#followed.values()].map(({ list }) => list), ...others];
    const names = lists.map(({ name }) => name);
    try {
      for (const list of others) await list.read();
      const before = this.#trimmedAt;
      this.#trimmedAt = Math.max(0, ...lists.map(({ version }) => version));
      while ((await this.#parts.table.trimBlocklists(names, before, TRIMMED)) === TRIMMED);
    } catch (error) {
      this.#failed(names.join(", "), error);
    }
  }

  #failed(list: string, error: unknown): void {
    this.#parts.log.error({ list, err: error }, "cannot keep a blocklist in the store");
  }

  #ask(type: "get" | "set", to: string, payload: string): Promise<Element | undefined> {
    return new Promise((resolve) => {
      if (!this.#parts.write(this.#requests.request(to, payload, resolve, type))) resolve(undefined);
    });
  }
}
