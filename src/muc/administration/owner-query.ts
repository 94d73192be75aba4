// Queries of muc#owner: configuration and destruction of a room (XEP-0045 sections 10.1, 10.2 and 10.9).
import { child, type Element } from "../../xmpp/element.ts";
import { NS } from "../../xmpp/namespaces.ts";
import { refuse } from "../../xmpp/result.ts";
import type { Stanza } from "../../xmpp/stanza.ts";
import { errors } from "../../xmpp/stanza-error.ts";
import { say } from "../../xmpp/text.ts";
import type { IqOutcome } from "../model/outcome.ts";
import type { Room } from "../room/room.ts";
import { configure, offerConfiguration } from "./configuration.ts";
import { handleDestroy } from "./destroy.ts";

/** Answers a get or set of muc#owner. */
export function handleOwnerQuery(room: Room, stanza: Stanza, query: Element): IqOutcome {
  if (room.affiliationOf(stanza.from.bare) !== "owner")
    return refuse(errors.forbidden(say`Only owners may do this`));
  if (stanza.type === "get") return offerConfiguration(room, stanza);
  const destroy = child(query, "destroy", NS.mucOwner);
  return destroy ? handleDestroy(room, stanza, destroy) : configure(room, stanza, query);
}
