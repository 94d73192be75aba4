// The kind of a stanza, by which its sender's rate is limited.
import { child, children, type Element } from "../../xmpp/element.ts";
import { NS } from "../../xmpp/namespaces.ts";
import type { Stanza } from "../../xmpp/stanza.ts";
import { isWordSearch } from "../archive/archive-form.ts";
import { isPassing } from "../archive/message-kind.ts";
import type { ActionKind } from "../model/action-rates.ts";
import { relayedElements } from "../presence/relay-filter.ts";
import type { Room } from "../room/room.ts";

/** A kind, and how often the stanza does it: it may invite several users. */
export interface Action {
  readonly kind: ActionKind;
  readonly count: number;
}

/**
 * Returns what a stanza does. Undefined for what is never refused: unavailable presence, results and errors release
 * resources.
 */
export function actionOf(room: Room | undefined, stanza: Stanza): Action | undefined {
  const { type } = stanza;
  if (type === "error" || type === "result" || type === "unavailable") return undefined;
  if (stanza.kind === "message") return messageAction(stanza);
  return { kind: stanza.kind === "iq" ? requestKind(stanza) : presenceKind(room, stanza), count: 1 };
}

function messageAction(stanza: Stanza): Action {
  const said = relayedElements(stanza);
  if (said.length > 0 && isPassing(said)) return { kind: "state", count: 1 };
  if (stanza.type === "groupchat") return { kind: "message", count: 1 };
  const x = stanza.to.resource === undefined ? child(stanza.element, "x", NS.mucUser) : undefined;
  const invitations = x ? children(x, "invite", NS.mucUser).length : 0;
  return invitations > 0 ? { kind: "invitation", count: invitations } : { kind: "private-message", count: 1 };
}

function presenceKind(room: Room | undefined, { type, from, to, element }: Stanza): ActionKind {
  if (type !== undefined) return "presence";
  const occupant = room?.sessions.get(from.full);
  if (!room || !occupant) return "entry";
  if (to.resource !== undefined && room.occupants.get(to.resource) !== occupant) return "nickname";
  return child(element, "x", NS.muc) ? "entry" : "presence";
}

function requestKind({ to, element }: Stanza): ActionKind {
  if (to.resource !== undefined) return "request";
  const [payload] = element.getChildElements();
  switch (payload?.getNS()) {
    case NS.discoInfo:
    case NS.discoItems:
      return "disco";
    case NS.channelSearch:
      return "search";
    case NS.mam:
      return isSearch(payload) ? "search" : "archive";
    default:
      return "request";
  }
}

const isSearch = (payload: Element | undefined): boolean => payload !== undefined && isWordSearch(payload);
