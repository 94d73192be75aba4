// Registration with a room: membership and a reserved nickname (XEP-0045 section 7.10, XEP-0077).

import { readForm, writeForm } from "../xmpp/data-form.ts";
import { child, type Element } from "../xmpp/element.ts";
import { NS } from "../xmpp/namespaces.ts";
import type { Stanza } from "../xmpp/stanza.ts";
import { errors } from "../xmpp/stanza-error.ts";
import { tag, textTag } from "../xmpp/tag.ts";
import { applyAffiliation } from "./affiliation-change.ts";
import { type IqAnswer, refuse, result } from "./iq-answer.ts";
import { readNickname, refuseNickname } from "./nickname.ts";
import { rename } from "./nickname-change.ts";
import { refuseRegistration } from "./privileges.ts";
import type { Room } from "./room.ts";

const ROOM_NICK = "muc#register_roomnick";

/** Answers a get or set of jabber:iq:register sent to the room. */
export function handleRegistration(room: Room, stanza: Stanza, query: Element): IqAnswer {
  const { bare } = stanza.from;
  if (stanza.type === "set" && child(query, "remove", NS.register)) return unregister(room, bare);
  const refusal = refuseRegistration(room, room.affiliationOf(bare));
  if (refusal) return refuse(refusal);
  return stanza.type === "get" ? offerForm(room, bare) : register(room, bare, query);
}

function offerForm(room: Room, bareJid: string): IqAnswer {
  const nick = room.affiliations.get(bareJid)?.nick;
  const registered = nick === undefined ? "" : tag("registered") + textTag("username", nick);
  const form = writeForm({ type: "form", formType: NS.mucRegister, title: "Registration with the room" }, [
    {
      var: ROOM_NICK,
      type: "text-single",
      label: "Nickname",
      required: true,
      ...(nick === undefined ? {} : { values: [nick] }),
    },
  ]);
  return result(tag("query", { xmlns: NS.register }, registered + form));
}

function register(room: Room, bareJid: string, query: Element): IqAnswer {
  const form = readForm(query, NS.mucRegister);
  if (form?.type === "cancel") return result();
  const text = form?.fields.get(ROOM_NICK)?.[0];
  if (text === undefined) return refuse(errors.badRequest("The form needs muc#register_roomnick"));
  const nick = readNickname(room, text);
  if (typeof nick !== "string") return refuse(nick);
  const refusal = refuseNickname(room, bareJid, nick);
  if (refusal) return refuse(refusal);
  // The record, not affiliationOf: an admin of the service is an owner while it is one, and never stored as such.
  const record = room.affiliations.get(bareJid);
  renameOccupant(room, bareJid, nick);
  applyAffiliation(room, bareJid, {
    affiliation: record?.affiliation ?? "member",
    nick,
    reason: record?.reason,
  });
  return result();
}

/** Who is in the room under another nickname is renamed to the reserved one (status 210 tells why). */
function renameOccupant(room: Room, bareJid: string, nick: string): void {
  if (room.occupants.has(nick)) return;
  const [occupant] = room.occupantsOf(bareJid);
  if (occupant) rename(room, occupant, nick, [210]);
}

/** XEP-0077 section 3.2: gives the nickname back; a member stops being one, admins and owners stay what they are. */
function unregister(room: Room, bareJid: string): IqAnswer {
  const record = room.affiliations.get(bareJid);
  const isMember = record?.affiliation === "member";
  if (!record || record.affiliation === "outcast" || (!isMember && record.nick === undefined)) {
    return refuse(errors.registrationRequired("You are not registered with this room"));
  }
  const affiliation = isMember ? "none" : record.affiliation;
  applyAffiliation(room, bareJid, { affiliation, nick: null, reason: record.reason });
  return result();
}
