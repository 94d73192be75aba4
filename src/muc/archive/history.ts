// Discussion history (XEP-0045 sections 7.2.13 and 7.2.14) with tombstones of retracted messages (XEP-0424 section 4).
import { parseDateTime } from "../../xmpp/date-time.ts";
import { child, type Element } from "../../xmpp/element.ts";
import { escapeAttribute } from "../../xmpp/escape.ts";
import { NS } from "../../xmpp/namespaces.ts";
import type { HistoryMessage } from "./history-message.ts";

/** Limits that a joining client asks for; undefined for none. */
export interface HistoryRequest {
  readonly maxChars: number | undefined;
  readonly maxStanzas: number | undefined;
  /** Milliseconds since 1970. */
  readonly since: number | undefined;
}

/** Maximum bytes, estimated, of history that a room keeps in memory and sends to new occupants. */
export const HISTORY_BYTES = 131_072;

/** The latest messages of a room, oldest first. */
export class History {
  #messages: HistoryMessage[] = [];
  #bytes = 0;

  /** Adds a message and drops the oldest beyond the limits. */
  add(message: HistoryMessage, limit: number): void {
    this.#messages.push(message);
    this.#bytes += message.size;
    while (this.#messages.length > limit || this.#bytes > HISTORY_BYTES) {
      const oldest = this.#messages.shift();
      if (!oldest) return;
      this.#bytes -= oldest.size;
    }
  }

  /** Replaces the content of messages, as far as they are in the history, with `retracted` (markup). */
  retract(stanzaIds: ReadonlySet<string>, retracted: string): void {
    this.#messages = this.#messages.map((message) =>
      stanzaIds.has(message.stanzaId) ? message.withPayload(retracted) : message,
    );
    this.#bytes = this.#messages.reduce((sum, message) => sum + message.size, 0);
  }

  /** Drops messages from before a time. */
  forgetBefore(time: number): void {
    this.#messages = this.#messages.filter(({ at }) => at >= time);
    this.#bytes = this.#messages.reduce((sum, message) => sum + message.size, 0);
  }

  /** Makes messages of somebody, as far as they are in the history, messages of the room. */
  forgetSender(stanzaIds: ReadonlySet<string>): void {
    this.#messages = this.#messages.map((message) =>
      stanzaIds.has(message.stanzaId) ? message.withoutSender() : message,
    );
  }

  /** Returns the latest messages within all limits of the request, oldest first. Characters count whole stanzas. */
  select(request: HistoryRequest, recipient: string): HistoryMessage[] {
    const selected: HistoryMessage[] = [];
    const { maxChars, maxStanzas = Number.POSITIVE_INFINITY } = request;
    let chars = 0;
    for (const message of this.#messages.toReversed()) {
      if (selected.length >= maxStanzas) break;
      if (maxChars !== undefined) chars += countCharacters(message, recipient);
      if (chars > (maxChars ?? 0)) break;
      if (message.at < (request.since ?? 0)) break;
      selected.push(message);
    }
    return selected.reverse();
  }
}

/** Counts the characters (Unicode code points) of the stanza as it is written for its recipient. */
function countCharacters({ head, tail }: HistoryMessage, recipient: string): number {
  let characters = 0;
  for (const _ of head + escapeAttribute(recipient) + tail) characters++;
  return characters;
}

/** Reads the history element of a join. Ignores values that are no number or date. */
export function readHistoryRequest(muc: Element, now: number): HistoryRequest {
  const attributes = child(muc, "history", NS.muc)?.attrs ?? {};
  const seconds = count(attributes.seconds);
  const since = parseDateTime(attributes.since ?? "");
  const limits = [seconds === undefined ? undefined : now - seconds * 1000, since].filter(
    (limit) => limit !== undefined,
  );
  return {
    maxChars: count(attributes.maxchars),
    maxStanzas: count(attributes.maxstanzas),
    since: limits.length > 0 ? Math.max(...limits) : undefined,
  };
}

function count(text: string | undefined): number | undefined {
  return text !== undefined && /^\d{1,15}$/.test(text) ? Number(text) : undefined;
}
