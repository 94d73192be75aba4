// The text of presence stanzas of occupants (XEP-0045 sections 7.2.2 and 7.14).

import { NS } from "../../xmpp/namespaces.ts";
import type { Stanza } from "../../xmpp/stanza.ts";
import { attribute, tag } from "../../xmpp/tag.ts";
import type { Affiliation, Role } from "../model/affiliation.ts";
import type { StanzaTemplate } from "../model/effects.ts";
import { reasonTag } from "../model/reason.ts";
import { writeStatuses } from "../model/status-tags.ts";
import type { Actor } from "../room/actor.ts";
import { leadingSession, type Occupant } from "../room/occupant.ts";
import type { Room } from "../room/room.ts";
import { hatsTag } from "./hats.ts";
import { presenceAdditions } from "./relay-filter.ts";

/** Information in a presence beyond the occupant's own state. */
export interface Notice {
  readonly statuses?: readonly number[];
  /** Statuses for the occupant itself only (100, 170, 201, 210). */
  readonly selfStatuses?: readonly number[];
  readonly actor?: Actor | undefined;
  readonly reason?: string | undefined;
  /** The new nickname (303). */
  readonly nick?: string;
  /** A child of x beside item (destroy), as markup. */
  readonly extra?: string;
  /** Likewise, only for clients that see real JIDs and requested versions on entering (XEP-0463). */
  readonly version?: string | undefined;
  /**
   * Request of one of the occupant's clients that the presence answers. The self-presence to that client has its id.
   */
  readonly answers?: PresenceRequest | undefined;
}

/** A presence stanza of a client, by the client's full JID and the stanza's id. */
export interface PresenceRequest {
  readonly client: string;
  readonly id: string | undefined;
}

/** Returns a stanza's full JID and id, as the request that a presence answers. */
export const requestOf = ({ from, id }: Stanza): PresenceRequest => ({ client: from.full, id });

interface Item {
  readonly affiliation: Affiliation;
  readonly role: Role;
}

/** Snapshot of an occupant's state, as shown in its presence. */
export interface OccupantState extends Item {
  readonly nick: string;
  /** Occupant id (XEP-0421). */
  readonly id: string;
  /** Hats element (XEP-0317) as markup. */
  readonly hats: string;
}

/** Returns the current state of an occupant. */
export const stateOf = (
  room: Room,
  { nick, id, affiliation, role, bareJid }: Pick<Occupant, keyof Item | "nick" | "id" | "bareJid">,
): OccupantState => ({ nick, id, affiliation, role, hats: hatsTag(room, bareJid) });

/** One variant of a presence, for some of its recipients. */
export interface PresenceView {
  readonly unavailable?: boolean;
  /** The client's own elements as markup, and their language. */
  readonly payload: string;
  readonly language?: string | undefined;
  /** The real JID, for recipients who may see it. */
  readonly jid: string | undefined;
  readonly role?: Role;
  readonly notice?: Notice;
  /** True for recipients who see the real JID of an actor. */
  readonly seesJids?: boolean;
  /** Statuses instead of `notice.statuses`. */
  readonly statuses?: readonly number[];
  /** Id of the stanza: that of the request that it answers. */
  readonly id?: string | undefined;
}

/** Estimated bytes of what each presence has: addresses, muc#user extension with item and statuses, occupant id. */
const BASE_SIZE = 350;

/**
 * A presence with a snapshot of an occupant's state. Its text is built when it is first written, which may be later.
 */
export class OccupantPresence implements StanzaTemplate {
  readonly #room: Room;
  readonly #state: OccupantState;
  readonly #view: PresenceView;
  #head: string | undefined;
  #tail: string | undefined;

  constructor(room: Room, state: OccupantState, view: PresenceView) {
    this.#room = room;
    this.#state = state;
    this.#view = view;
  }

  get head(): string {
    this.#head ??= this.#writeHead();
    return this.#head;
  }

  get tail(): string {
    this.#tail ??= this.#writeTail();
    return this.#tail;
  }

  get size(): number {
    return sizeOfPresence(this.#state, this.#view);
  }

  /** Returns true if the occupant still shows the same. Ignores the notice: use it for presences without one. */
  isCurrent(room: Room, occupant: Occupant): boolean {
    const { jid, payload, language } = leadingSession(occupant);
    return (
      this.#view.payload === payload &&
      this.#view.language === language &&
      (this.#view.jid === undefined || this.#view.jid === jid) &&
      this.#state.role === occupant.role &&
      this.#state.affiliation === occupant.affiliation &&
      this.#state.hats === hatsTag(room, occupant.bareJid)
    );
  }

  #writeHead(): string {
    const { unavailable = false, id, language } = this.#view;
    const from = this.#room.occupantAddress(this.#state.nick);
    const type = unavailable ? ' type="unavailable"' : "";
    return `<presence${attribute("from", from)}${type}${attribute("id", id)}${attribute("xml:lang", language)} to="`;
  }

  #writeTail(): string {
    const { payload, unavailable = false, jid, notice = {}, seesJids = false } = this.#view;
    const { statuses = notice.statuses ?? [], role = this.#state.role } = this.#view;
    const { affiliation, id, hats } = this.#state;
    const extension = writeUserExtension({ affiliation, role, jid }, notice, seesJids, statuses);
    return `">${payload}${presenceAdditions(id, unavailable ? "" : hats)}${extension}</presence>`;
  }
}

/** Estimates the bytes of a presence without its recipient. */
export function sizeOfPresence(
  { nick, hats }: OccupantState,
  { payload, notice }: Pick<PresenceView, "payload" | "notice">,
): number {
  return BASE_SIZE + nick.length + hats.length + payload.length + (notice?.reason?.length ?? 0);
}

/** Writes the muc#user extension. `seesJids`: with the actor's real JID. Without `tag`, as it is written so often. */
function writeUserExtension(
  item: Item & Pick<PresenceView, "jid">,
  notice: Notice,
  seesJids: boolean,
  statuses: readonly number[],
): string {
  const { actor, reason } = notice;
  const actorTag = actor ? tag("actor", { nick: actor.nick, jid: seesJids ? actor.jid : undefined }) : "";
  const version = seesJids ? (notice.version ?? "") : "";
  const content = actorTag + reasonTag(reason);
  const { affiliation, role, jid } = item;
  const start = `<item affiliation="${affiliation}" role="${role}"${attribute("jid", jid)}${attribute("nick", notice.nick)}`;
  const itemTag = content === "" ? `${start}/>` : `${start}>${content}</item>`;
  return `<x xmlns="${NS.mucUser}">${itemTag}${writeStatuses(statuses)}${notice.extra ?? ""}${version}</x>`;
}
