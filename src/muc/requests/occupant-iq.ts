// IQ requests to an occupant's address. The room answers self-pings (XEP-0410 section 3.3) and relays the others.
import { child } from "../../xmpp/element.ts";
import { NS } from "../../xmpp/namespaces.ts";
import { refuse } from "../../xmpp/result.ts";
import type { Stanza } from "../../xmpp/stanza.ts";
import { errors } from "../../xmpp/stanza-error.ts";
import { say } from "../../xmpp/text.ts";
import { type IqOutcome, result } from "../model/outcome.ts";
import { refuseRequestInLockdown } from "../permissions/lockdown-rules.ts";
import type { Room } from "../room/room.ts";
import { relayRequest } from "./occupant-request.ts";

const DISCO: readonly (string | undefined)[] = [NS.discoInfo, NS.discoItems];

/** Handles an IQ request to an occupant's address. `room`: undefined if there is no such room. */
export function handleOccupantIq(room: Room | undefined, stanza: Stanza): IqOutcome {
  const sender = room?.sessions.get(stanza.from.full);
  if (!room || !sender) {
    const isDisco = stanza.element.getChildElements().some((el) => DISCO.includes(el.getNS()));
    const refusal = isDisco ? errors.badRequest : errors.notJoined;
    return refuse(refusal(say`You are not in this room`));
  }
  const target = room.occupants.get(stanza.to.resource ?? "");
  if (!target) return refuse(errors.itemNotFound(say`No occupant has this nickname`));
  const isPing = stanza.type === "get" && child(stanza.element, "ping", NS.ping) !== undefined;
  if (isPing && target === sender) return result();
  const quiet = target === sender ? undefined : refuseRequestInLockdown(room, sender);
  if (quiet) return refuse(quiet);
  return relayRequest(room, sender, target, stanza);
}
