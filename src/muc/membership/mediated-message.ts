// Messages to the room that are not of type groupchat: each is for the concern that knows it.
import type { Stanza } from "../../xmpp/stanza.ts";
import { errors, type StanzaError } from "../../xmpp/stanza-error.ts";
import type { Room } from "../room/room.ts";
import { handleInvitation } from "./invitation.ts";
import { handleDecline } from "./invitation-outcome.ts";
import { handleRegistrationDecision } from "./registration-approval.ts";
import { handleVoiceRequest } from "./voice-request.ts";

/** What a concern makes of a message: nothing of its own, done, or refused. */
export type MessageOutcome = "unknown" | "done" | StanzaError;

const CONCERNS: readonly ((room: Room, stanza: Stanza) => MessageOutcome)[] = [
  handleInvitation,
  handleDecline,
  handleVoiceRequest,
  handleRegistrationDecision,
];

/** A message to the room that is not of type groupchat. */
export function handleRoomMessage(room: Room, stanza: Stanza): StanzaError | undefined {
  for (const concern of CONCERNS) {
    const outcome = concern(room, stanza);
    if (outcome === "done") return undefined;
    if (outcome !== "unknown") return outcome;
  }
  if (!room.sessions.has(stanza.from.full)) return errors.notAcceptable("You are not in this room");
  return errors.badRequest("Messages to the room are of type groupchat");
}
