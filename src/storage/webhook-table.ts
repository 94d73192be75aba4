// Webhooks and their queues in the store (src/webhooks). Journal entries add hooks and events.
import { z } from "zod";
import type { Awaitable } from "../muc/model/records.ts";

/** A webhook. `settings` and `status` are JSON that only src/webhooks reads. */
export interface StoredWebhook {
  readonly id: string;
  readonly settings: string;
  /** What became of its deliveries. */
  readonly status: string;
}

/** An event in the queue of a hook, or a dead letter. */
export interface Delivery {
  /** Grows with each event of any hook. */
  readonly id: number;
  /** Id of the event. */
  readonly event: string;
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly body: string;
  /** Why it is a dead letter. */
  readonly error: string | undefined;
}

/** Numbers of events, and the bytes of those that wait. */
export interface QueueSize {
  readonly waiting: number;
  readonly bytes: number;
  readonly dead: number;
}

/** All methods throw, or reject with, `StorageError`. A crash may undo the changes, but those of journal entries. */
export interface WebhookTable {
  readWebhooks(): Awaitable<StoredWebhook[]>;
  setWebhookStatus(id: string, status: string): Awaitable<void>;
  /** Reads events after an id in their order, up to `most`: of the queue, or dead letters. */
  readDeliveries(hook: string, isDead: boolean, after: number, most: number): Awaitable<Delivery[]>;
  countDeliveries(hook: string): Awaitable<QueueSize>;
  removeDeliveries(ids: readonly number[]): Awaitable<void>;
  /** Makes the oldest events that are older than `before` dead letters, up to `most`. Returns their number. */
  buryDeliveries(hook: string, before: number, most: number, error: string): Awaitable<number>;
  /** Puts all dead letters back into the queue, in their order. Returns their number. */
  reviveDeliveries(hook: string): Awaitable<number>;
  /** Removes dead letters older than `before`, and the oldest beyond `keep`. Returns their number. */
  trimDeadLetters(hook: string, before: number, keep: number): Awaitable<number>;
}

const number = z.coerce.number();

const deliveryRow = z
  .object({ id: number, event: z.string(), at: number, body: z.string(), error: z.string().nullish() })
  .transform(({ error, ...row }) => ({ ...row, error: error ?? undefined }));
const webhookRow = z.object({ id: z.string(), settings: z.string(), status: z.string() });
const sizeRow = z.object({ waiting: number, bytes: number, dead: number });

/** These read rows. They throw for one that no program has written. */
export const readWebhook = (row: unknown): StoredWebhook => webhookRow.parse(row);
export const readDelivery = (row: unknown): Delivery => deliveryRow.parse(row);
export const readQueueSize = (row: unknown): QueueSize => sizeRow.parse(row);
