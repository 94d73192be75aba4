// Archive extras, which the operator may turn on: private messages (XEP-0045 section 7.5) and presence. XEP-0313
// section 6.1.2 does not have them in the archive of a room, so results have them only if the query asks for them
// (archive-form.ts).
import type { Element } from "../../xmpp/element.ts";
import type { Stanza } from "../../xmpp/stanza.ts";
import type { ClientPresence } from "../model/client-presence.ts";
import { leadingSession, type Occupant } from "../room/occupant.ts";
import type { Room } from "../room/room.ts";
import { correctedId } from "./archive.ts";
import { isToBeKept } from "./message-kind.ts";
import { readRetractions, retractedTags } from "./retraction-elements.ts";

/** Archives a private message as it was passed on (`payload` is markup), and applies its retractions (XEP-0424). */
export function archivePrivateMessage(
  room: Room,
  sender: Occupant,
  recipient: Occupant,
  stanza: Stanza,
  { said, payload }: { readonly said: readonly Element[]; readonly payload: string },
): void {
  const at = room.environment.now();
  const { nick, affiliation, role, id: author } = sender;
  for (const retraction of readRetractions(said)) {
    const to = recipient.bareJid;
    // The archive may have kept private messages before.
    room.change({
      kind: "private-retracted",
      author,
      to,
      id: retraction.id,
      payload: retractedTags(retraction.id, { id: stanza.id, at }),
    });
  }
  if (!room.environment.archive.privateMessages || !room.config.archiving || !isToBeKept(said)) return;
  room.change({
    kind: "message-archived",
    message: {
      kind: "private",
      stanzaId: room.environment.newId(),
      at,
      nick,
      jid: stanza.from.full,
      author,
      affiliation,
      role,
      id: stanza.id ?? "",
      language: stanza.element.attrs["xml:lang"],
      corrects: correctedId(stanza),
      payload,
      text: undefined,
      to: { nick: recipient.nick, jid: recipient.bareJid, type: stanza.type },
    },
  });
}

/** Archives the presence by which the others were told that an occupant entered or left. */
export function archivePresence(
  room: Room,
  occupant: Occupant,
  kind: "arrival" | "departure",
  { payload, language }: ClientPresence,
): void {
  if (!room.environment.archive.presence || !room.config.archiving) return;
  const { nick, affiliation, role, id: author } = occupant;
  room.change({
    kind: "message-archived",
    message: {
      kind,
      stanzaId: room.environment.newId(),
      at: room.environment.now(),
      nick,
      jid: leadingSession(occupant).jid,
      author,
      affiliation,
      role: kind === "departure" ? "none" : role,
      id: "",
      language,
      corrects: undefined,
      payload,
      text: undefined,
    },
  });
}
