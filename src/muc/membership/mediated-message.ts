// Mediated messages: messages to the room of other types than groupchat, with invitations, declines and forms.
import { refuse } from "../../xmpp/result.ts";
import type { Stanza } from "../../xmpp/stanza.ts";
import { errors } from "../../xmpp/stanza-error.ts";
import { say } from "../../xmpp/text.ts";
import { handleGateAnswer } from "../messages/gate-answer.ts";
import type { DeliveryOutcome, Unhandled } from "../model/outcome.ts";
import type { Room } from "../room/room.ts";
import { handleInvitation } from "./invitation.ts";
import { handleDecline } from "./invitation-outcome.ts";
import { handleRegistrationDecision } from "./registration-approval.ts";
import { handleVoiceRequest } from "./voice-request.ts";

type Handler = (room: Room, stanza: Stanza) => DeliveryOutcome | Unhandled;

const HANDLERS: readonly Handler[] = [
  handleInvitation,
  handleDecline,
  handleVoiceRequest,
  handleRegistrationDecision,
  handleGateAnswer,
];

/** Handles a message to the room that is not of type groupchat. */
export function handleMediatedMessage(room: Room, stanza: Stanza): DeliveryOutcome {
  for (const handle of HANDLERS) {
    const outcome = handle(room, stanza);
    if (outcome.kind !== "unhandled") return outcome;
  }
  if (!room.sessions.has(stanza.from.full))
    return refuse(errors.notAcceptable(say`You are not in this room`));
  return refuse(errors.badRequest(say`Messages to the room must have the type groupchat`));
}
