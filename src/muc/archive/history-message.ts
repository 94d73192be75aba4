import { NS } from "../../xmpp/namespaces.ts";
import { tag } from "../../xmpp/tag.ts";
import type { StanzaTemplate } from "../model/effects.ts";
import type { Room } from "../room/room.ts";
import { type WrittenMessage, writeArchived } from "./message-text.ts";

/** Estimated bytes of a message besides its payload: addresses, ids and what the room adds. */
const BASE_SIZE = 500;

/**
 * A message of the discussion history. Its text is built when it is first sent, as most messages leave the history
 * before anybody enters.
 */
export class HistoryMessage implements StanzaTemplate {
  readonly #room: Room;
  readonly #message: WrittenMessage;
  readonly size: number;
  #text: StanzaTemplate | undefined;

  constructor(room: Room, { nick, id, language, author, stanzaId, at, payload }: WrittenMessage) {
    this.#room = room;
    this.#message = { nick, id, language, author, stanzaId, at, payload };
    this.size = BASE_SIZE + Buffer.byteLength(payload);
  }

  get head(): string {
    return this.#written.head;
  }

  get tail(): string {
    return this.#written.tail;
  }

  /** Milliseconds since 1970. */
  get at(): number {
    return this.#message.at;
  }

  /** The room's stanza-id (XEP-0359). */
  get stanzaId(): string {
    return this.#message.stanzaId;
  }

  /** Returns the message with other content, as markup. */
  withPayload(payload: string): HistoryMessage {
    return new HistoryMessage(this.#room, { ...this.#message, payload });
  }

  /** Returns the message as one of the room itself. */
  withoutSender(): HistoryMessage {
    return new HistoryMessage(this.#room, { ...this.#message, nick: "", author: "" });
  }

  get #written(): StanzaTemplate {
    this.#text ??= this.#write();
    return this.#text;
  }

  #write(): StanzaTemplate {
    const { at, payload } = this.#message;
    const { head, marks } = writeArchived(this.#room, this.#message);
    const stamp = new Date(at).toISOString();
    const delay = tag("delay", { xmlns: NS.delay, from: this.#room.address, stamp });
    return { head, tail: `">${payload}${marks}${delay}</message>` };
  }
}
