// Delivers the queue of one webhook: in order, one request at a time, until each event is taken or a dead letter.
import type { Logger } from "pino";
import { type BackoffOptions, backoffDelay } from "../backoff.ts";
import type { Delivery, WebhookTable } from "../storage/webhook-table.ts";
import { type SendOutcome, sendEvent } from "./send-event.ts";
import type { Webhook, WebhookStatus } from "./webhook.ts";

/** Limits of deliveries. Times in milliseconds. */
export interface DeliveryTerms {
  /** For the head of an answer. */
  readonly timeout: number;
  readonly backoff: BackoffOptions;
  /** Age of an event from which it is not sent any more. */
  readonly mostAge: number;
  /** Refusals of an event by its receiver after which it is not sent any more. */
  readonly mostRefusals: number;
  /** Events that wait, and their bytes. */
  readonly mostWaiting: number;
  readonly mostBytes: number;
  /** Dead letters, and their age. */
  readonly mostDead: number;
  readonly mostDeadAge: number;
  /** Time between two looks at the size of the queue. */
  readonly measureEvery: number;
}

export const DELIVERY_TERMS: DeliveryTerms = {
  timeout: 10_000,
  backoff: { firstDelay: 1_000, longestDelay: 3_600_000 },
  mostAge: 3 * 86_400_000,
  mostRefusals: 10,
  mostWaiting: 10_000,
  mostBytes: 67_108_864,
  mostDead: 1_000,
  mostDeadAge: 30 * 86_400_000,
  measureEvery: 10_000,
};

/** Events that are read at a time. */
const BATCH = 20;
/** Events that become dead letters at a time. */
const BURIED = 1_000;
/** Milliseconds until the store is asked again after a fault. */
const STORE_PAUSE = 5_000;
const ANY_AGE = Number.MAX_SAFE_INTEGER;

export interface QueueParts {
  readonly table: WebhookTable;
  readonly log: Logger;
  readonly terms: DeliveryTerms;
  readonly agent: string;
  /** Milliseconds since 1970. */
  now(): number;
  /** Returns true if this process delivers. */
  isActive(): boolean;
}

export class DeliveryQueue {
  readonly #parts: QueueParts;
  readonly #ending = new AbortController();
  #webhook: Webhook;
  #status: WebhookStatus;
  #isWoken = false;
  #running: Promise<void> | undefined;
  /** Runs during a pause after a failure. */
  #pause: NodeJS.Timeout | undefined;
  /** The oldest event, and how often its receiver has refused it. */
  #refused = { id: 0, times: 0 };
  #measuredAt = Number.NEGATIVE_INFINITY;

  constructor(parts: QueueParts, webhook: Webhook, status: WebhookStatus) {
    this.#parts = parts;
    this.#webhook = webhook;
    this.#status = status;
  }

  get webhook(): Webhook {
    return this.#webhook;
  }

  /** Takes new settings, and tries again at once. */
  change(webhook: Webhook): void {
    this.#webhook = webhook;
    this.#refused = { id: 0, times: 0 };
    this.#endPause();
    this.wake();
  }

  /** Looks for events to deliver, unless a pause goes on. */
  wake(): void {
    this.#isWoken = true;
    if (this.#ending.signal.aborted || !this.#parts.isActive()) return;
    this.#running ??= this.#run().finally(() => {
      this.#running = undefined;
    });
  }

  /** Ends the request that is under way, and starts no other. Resolves when the store is not used any more. */
  async stop(): Promise<void> {
    this.#ending.abort();
    this.#endPause();
    await this.#running;
  }

  async #run(): Promise<void> {
    try {
      while (this.#isWoken && this.#mayGoOn()) {
        this.#isWoken = false;
        await this.#measure();
        if (!this.#pause) await this.#deliver();
      }
    } catch (error) {
      if (this.#ending.signal.aborted) return;
      this.#parts.log.error({ webhook: this.#webhook.id, err: error }, "cannot use the queue of a webhook");
      this.#pauseFor(STORE_PAUSE);
    }
  }

  #mayGoOn(): boolean {
    return !this.#ending.signal.aborted && this.#parts.isActive();
  }

  /** Delivers until the queue is empty, or a delivery fails. */
  async #deliver(): Promise<void> {
    const { table } = this.#parts;
    while (this.#mayGoOn()) {
      const batch = await table.readDeliveries(this.#webhook.id, false, 0, BATCH);
      const done: number[] = [];
      let failed: { readonly delivery: Delivery; readonly outcome: SendOutcome } | undefined;
      for (const delivery of batch) {
        if (!this.#mayGoOn()) break;
        const outcome = await this.#send(delivery);
        if (outcome.kind === "delivered") done.push(delivery.id);
        else {
          failed = { delivery, outcome };
          break;
        }
      }
      if (done.length > 0) {
        await table.removeDeliveries(done);
        await this.#noteSuccess();
      }
      if (failed?.outcome.kind === "failed" && this.#mayGoOn())
        return this.#noteFailure(failed.delivery, failed.outcome);
      if (batch.length === 0) return;
      await this.#measure();
    }
  }

  #send({ event, body }: Delivery): Promise<SendOutcome> {
    const { url, secret } = this.#webhook;
    const { agent, terms } = this.#parts;
    return sendEvent({
      url,
      secret,
      event,
      body,
      agent,
      timeoutMs: terms.timeout,
      signal: this.#ending.signal,
    });
  }

  async #noteSuccess(): Promise<void> {
    if (this.#status.failures === 0) return;
    this.#status = { ...this.#status, failures: 0 };
    await this.#parts.table.setWebhookStatus(this.#webhook.id, JSON.stringify(this.#status));
    this.#parts.log.info({ webhook: this.#webhook.id }, "a webhook takes events again");
  }

  async #noteFailure(
    { id }: Delivery,
    { problem, isRefusal }: Extract<SendOutcome, { kind: "failed" }>,
  ): Promise<void> {
    const { table, log, terms, now } = this.#parts;
    const webhook = this.#webhook.id;
    const failures = this.#status.failures + 1;
    this.#status = { failures, error: problem, errorAt: now() };
    await table.setWebhookStatus(webhook, JSON.stringify(this.#status));
    if (failures === 1) log.warn({ webhook, problem }, "a webhook does not take events: they wait");
    const tooOld = now() - terms.mostAge;
    let buried = await table.buryDeliveries(webhook, tooOld, BURIED, `too old; ${problem}`);
    const times = isRefusal ? (this.#refused.id === id ? this.#refused.times : 0) + 1 : 0;
    this.#refused = { id, times };
    if (buried === 0 && times >= terms.mostRefusals)
      buried = await table.buryDeliveries(webhook, ANY_AGE, 1, `refused ${times} times; ${problem}`);
    if (buried > 0) log.warn({ webhook, events: buried, problem }, "events have become dead letters");
    this.#pauseFor(backoffDelay(buried > 0 && isRefusal ? 1 : failures, terms.backoff));
  }

  /** Keeps the queue within its limits: it grows while its receiver is away, or too slow. */
  async #measure(): Promise<void> {
    const { table, log, terms, now } = this.#parts;
    const elapsed = performance.now();
    if (elapsed - this.#measuredAt < terms.measureEvery) return;
    this.#measuredAt = elapsed;
    const webhook = this.#webhook.id;
    const { waiting, bytes, dead } = await table.countDeliveries(webhook);
    // More than one too many, so that not each further event is one.
    const spare = Math.ceil(terms.mostWaiting / 10);
    const tooMany = waiting > terms.mostWaiting ? waiting - terms.mostWaiting + spare : 0;
    const tooLarge = bytes > terms.mostBytes ? Math.ceil(waiting / 2) : 0;
    const most = Math.max(tooMany, tooLarge);
    if (most > 0) {
      const buried = await table.buryDeliveries(webhook, ANY_AGE, most, "too many events waited");
      log.warn({ webhook, events: buried }, "events have become dead letters: too many waited");
    }
    if (dead + most > 0) await table.trimDeadLetters(webhook, now() - terms.mostDeadAge, terms.mostDead);
  }

  #pauseFor(milliseconds: number): void {
    if (this.#ending.signal.aborted) return;
    clearTimeout(this.#pause);
    this.#pause = setTimeout(() => {
      this.#pause = undefined;
      this.wake();
    }, milliseconds);
  }

  #endPause(): void {
    clearTimeout(this.#pause);
    this.#pause = undefined;
  }
}
