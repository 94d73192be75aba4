// IQs to an occupant's address: self-ping (XEP-0410); all else is refused (XEP-0045 section 6.6).
import { child } from "../xmpp/element.ts";
import { NS } from "../xmpp/namespaces.ts";
import type { Stanza } from "../xmpp/stanza.ts";
import { errors } from "../xmpp/stanza-error.ts";
import { type IqAnswer, refuse, result } from "./iq-answer.ts";
import type { Room } from "./room.ts";

/** Answers an IQ request to an occupant's address. */
export function handleOccupantIq(room: Room, stanza: Stanza): IqAnswer {
  const isPing = stanza.type === "get" && child(stanza.element, "ping", NS.ping) !== undefined;
  const isDisco = stanza.element
    .getChildElements()
    .some((el) => el.getNS()?.startsWith("http://jabber.org/protocol/disco#"));
  const sender = room.sessions.get(stanza.from.full);
  if (!sender) {
    return refuse(
      isDisco ? errors.badRequest("You are not in this room") : errors.notJoined("You are not in this room"),
    );
  }
  const target = room.occupants.get(stanza.to.resource ?? "");
  if (!target) return refuse(errors.itemNotFound("Nobody here has this nickname"));
  if (isPing && target === sender) return result();
  return refuse(errors.serviceUnavailable("Occupants are not reached by IQ through this room"));
}
