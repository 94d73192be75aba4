// A message of the archive as it is given to one who asks (XEP-0313 sections 4.2 and 6.1.2).
import { NS } from "../xmpp/namespaces.ts";
import { tag } from "../xmpp/tag.ts";
import { messageAttributes, messageMarks } from "./archive.ts";
import type { ArchivedMessage } from "./journal.ts";
import type { Room } from "./room.ts";

/** For whom a result is: a full JID, the id that it gave its query, and whether it sees the real JID of who spoke. */
export interface ResultReader {
  readonly to: string;
  readonly queryId: string | undefined;
  readonly showsJid: boolean;
}

/** The message that forwards (XEP-0297) an archived one, as it was sent but without an address, and with its time. */
export function writeResult(room: Room, message: ArchivedMessage, reader: ResultReader): string {
  const { payload, at, stanzaId } = message;
  const attributes = { xmlns: "jabber:client", ...messageAttributes(room, message) };
  const content = payload + messageMarks(room, message) + (reader.showsJid ? speakerTag(message) : "");
  const delay = tag("delay", { xmlns: NS.delay, stamp: new Date(at).toISOString() });
  const forwarded = tag("forwarded", { xmlns: NS.forward }, delay + tag("message", attributes, content));
  const result = tag("result", { xmlns: NS.mam, queryid: reader.queryId, id: stanzaId }, forwarded);
  return tag("message", { from: room.address, to: reader.to, id: room.environment.newId() }, result);
}

/** Who has spoken, with the affiliation and role of that time; nothing where it was the room. */
function speakerTag({ jid, affiliation, role }: ArchivedMessage): string {
  return jid === "" ? "" : tag("x", { xmlns: NS.mucUser }, tag("item", { affiliation, role, jid }));
}
