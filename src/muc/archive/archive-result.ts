// Results of archive queries (XEP-0313 sections 4.2 and 6.1.2).
import { NS } from "../../xmpp/namespaces.ts";
import { type Attributes, tag } from "../../xmpp/tag.ts";
import type { ArchivedMessage } from "../model/journal.ts";
import { occupantIdTag } from "../room/occupant-id.ts";
import type { Room } from "../room/room.ts";
import { messageAdditions, messageAttributes } from "./message-text.ts";

/** Recipient of a result: its full JID, the id of its query, and if it sees the real JID of the sender. */
export interface ResultReader {
  readonly to: string;
  readonly queryId: string | undefined;
  readonly showsJid: boolean;
}

/** Writes the message that forwards an archived one with its time (XEP-0297), without a recipient. */
export function writeResult(room: Room, message: ArchivedMessage, reader: ResultReader): string {
  const { at, stanzaId } = message;
  const delay = tag("delay", { xmlns: NS.delay, stamp: new Date(at).toISOString() });
  const stanza = writeStanza(room, message, reader.showsJid);
  const forwarded = tag("forwarded", { xmlns: NS.forward }, delay + stanza);
  const result = tag("result", { xmlns: NS.mam, queryid: reader.queryId, id: stanzaId }, forwarded);
  return tag("message", { from: room.address, to: reader.to, id: room.environment.newId() }, result);
}

function writeStanza(room: Room, message: ArchivedMessage, showsJid: boolean): string {
  const { kind, payload } = message;
  const xmlns = "jabber:client";
  if (kind === "private") {
    const extension = tag("x", { xmlns: NS.mucUser });
    return tag(
      "message",
      { xmlns, ...privateAttributes(room, message) },
      payload + occupantIdTag(message.author) + extension,
    );
  }
  if (kind === "arrival" || kind === "departure") {
    const type = kind === "departure" ? "unavailable" : undefined;
    const from = room.occupantAddress(message.nick);
    const attributes = { xmlns, from, type, "xml:lang": message.language };
    return tag("presence", attributes, payload + occupantIdTag(message.author) + itemTag(message, showsJid));
  }
  const content = payload + messageAdditions(room, message);
  const isShown = showsJid && message.jid !== "";
  return tag(
    "message",
    { xmlns, ...messageAttributes(room, message) },
    content + (isShown ? itemTag(message, true) : ""),
  );
}

/** Returns attributes with `to`, which section 6.1.2 does not have: it tells the sender who got the private message. */
function privateAttributes(room: Room, { nick, id, language, to }: ArchivedMessage): Attributes {
  return {
    type: to?.type,
    from: room.occupantAddress(nick),
    to: to && room.occupantAddress(to.nick),
    id: id === "" ? undefined : id,
    "xml:lang": language,
  };
}

/** Writes who sent the message, entered or left, with the affiliation and role of that time. */
function itemTag({ jid, affiliation, role }: ArchivedMessage, showsJid: boolean): string {
  const item = tag("item", { affiliation, role, jid: showsJid ? jid : undefined });
  return tag("x", { xmlns: NS.mucUser }, item);
}
