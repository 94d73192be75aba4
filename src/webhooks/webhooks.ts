// All webhooks: keeps events for them in the commits of rooms, and runs their queues.
import type { EventKeeper } from "../events/event-source.ts";
import { type FullEvent, shownEvent } from "../events/room-event.ts";
import type { JournalEntry } from "../muc/model/journal.ts";
import { DELIVERY_TERMS, DeliveryQueue, type DeliveryTerms, type QueueParts } from "./delivery-queue.ts";
import { gets, isOfRoom, readSettings, readStatus, type Webhook, writeSettings } from "./webhook.ts";

/** Milliseconds between two looks at what other processes have stored. */
const TICK_MS = 2_000;

/** Maximum number of webhooks: each makes commits larger. */
export const MOST_WEBHOOKS = 50;

export interface WebhooksParts extends Omit<QueueParts, "terms" | "isActive"> {
  readonly terms?: DeliveryTerms;
  /** Returns true if this process delivers, for all nodes. */
  isFirst(): boolean;
  /** True if other processes change webhooks and add events too. */
  readonly isShared: boolean;
  /** Commits entries. */
  commit(entries: readonly JournalEntry[]): Promise<void>;
}

export class Webhooks implements EventKeeper {
  readonly #parts: WebhooksParts;
  readonly #queues = new Map<string, DeliveryQueue>();
  #timer: NodeJS.Timeout | undefined;
  #isStopped = false;
  /** The queues that were stopped and have not ended yet. */
  readonly #ending = new Set<Promise<void>>();

  constructor(parts: WebhooksParts) {
    this.#parts = parts;
  }

  /** Webhooks in the order of their names. */
  get all(): readonly Webhook[] {
    const webhooks = [...this.#queues.values()].map(({ webhook }) => webhook);
    return webhooks.sort((a, b) => (a.id < b.id ? -1 : 1));
  }

  get(id: string): Webhook | undefined {
    return this.#queues.get(id)?.webhook;
  }

  /** Reads the webhooks of the store. */
  async load(): Promise<void> {
    const stored = await this.#parts.table.readWebhooks();
    if (this.#isStopped) return;
    const gone = new Set(this.#queues.keys());
    for (const { id, settings, status } of stored) {
      const webhook = readSettings(id, settings);
      if (!webhook) continue;
      gone.delete(id);
      const known = this.#queues.get(id);
      if (!known) this.#add(new DeliveryQueue(this.#queueParts(), webhook, readStatus(status)));
      else if (writeSettings(known.webhook) !== writeSettings(webhook)) known.change(webhook);
    }
    for (const id of gone) this.#drop(id);
  }

  /** Delivers what waits, and goes on. */
  start(): void {
    for (const queue of this.#queues.values()) queue.wake();
    if (this.#parts.isShared) this.#timer = setInterval(() => void this.#tick(), TICK_MS);
  }

  /**
   * Ends requests that are under way; their events are sent again after the next start. Events are still kept. Never
   * rejects.
   */
  async stop(): Promise<void> {
    this.#isStopped = true;
    clearInterval(this.#timer);
    for (const queue of this.#queues.values()) this.#end(queue);
    await Promise.all(this.#ending);
  }

  /** Stores a webhook, new or with other settings. Events of what is committed from now on go to it. */
  async put(webhook: Webhook): Promise<void> {
    await this.#parts.commit([stored(webhook)]);
    const known = this.#queues.get(webhook.id);
    if (known) known.change(webhook);
    else if (!this.#isStopped) this.#add(new DeliveryQueue(this.#queueParts(), webhook, { failures: 0 }));
  }

  /** Removes a webhook with its queue and its dead letters. */
  async remove(id: string): Promise<void> {
    this.#drop(id);
    await this.#parts.commit([{ kind: "webhook-removed", id }]);
  }

  /** Puts the dead letters of a webhook back into its queue, and delivers at once. Returns their number. */
  async retry(webhook: Webhook): Promise<number> {
    const revived = await this.#parts.table.reviveDeliveries(webhook.id);
    await this.put({ ...webhook, retries: webhook.retries + 1 });
    return revived;
  }

  wants(node: string): boolean {
    if (node === "") return this.#queues.size > 0;
    for (const { webhook } of this.#queues.values()) if (isOfRoom(webhook, node)) return true;
    return false;
  }

  entriesFor(events: readonly FullEvent[], journal: readonly JournalEntry[]): JournalEntry[] {
    const entries: JournalEntry[] = [];
    for (const full of events) {
      const bodies = new Map<boolean, string>();
      for (const { webhook } of this.#queues.values()) {
        if (!gets(webhook, full)) continue;
        const body = bodies.get(webhook.reveal) ?? JSON.stringify(shownEvent(full, webhook.reveal));
        bodies.set(webhook.reveal, body);
        const { id: event, time } = full.event;
        entries.push({ kind: "event-queued", hook: webhook.id, event, at: Date.parse(time), body });
      }
    }
    for (const entry of journal)
      if (entry.kind === "room-renamed") entries.push(...this.#follow(entry.node, entry.to));
    return entries;
  }

  kept(entries: readonly JournalEntry[]): void {
    const ids = new Set(entries.flatMap((entry) => (entry.kind === "event-queued" ? entry.hook : [])));
    for (const id of ids) this.#queues.get(id)?.wake();
  }

  /** Lets webhooks of a room follow it to its new name. */
  #follow(from: string, to: string): JournalEntry[] {
    return [...this.#queues.values()].flatMap((queue) => {
      const { webhook } = queue;
      if (!webhook.rooms?.includes(from)) return [];
      const rooms = webhook.rooms.map((node) => (node === from ? to : node));
      queue.change({ ...webhook, rooms });
      return stored({ ...webhook, rooms });
    });
  }

  async #tick(): Promise<void> {
    try {
      await this.load();
      for (const queue of this.#queues.values()) queue.wake();
    } catch (error) {
      if (!this.#isStopped) this.#parts.log.error({ err: error }, "cannot read the webhooks");
    }
  }

  #queueParts(): QueueParts {
    const { table, log, agent, now, terms = DELIVERY_TERMS } = this.#parts;
    return { table, log, agent, now, terms, isActive: () => this.#parts.isFirst() };
  }

  #add(queue: DeliveryQueue): void {
    this.#queues.set(queue.webhook.id, queue);
  }

  #drop(id: string): void {
    const queue = this.#queues.get(id);
    this.#queues.delete(id);
    if (queue) this.#end(queue);
  }

  #end(queue: DeliveryQueue): void {
    const ending = queue.stop();
    this.#ending.add(ending);
    void ending.finally(() => this.#ending.delete(ending));
  }
}

const stored = (webhook: Webhook): JournalEntry => ({
  kind: "webhook-stored",
  id: webhook.id,
  settings: writeSettings(webhook),
});
