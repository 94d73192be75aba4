// What a room's presence stanzas say, as text (XEP-0045 sections 7.2.2 and 7.14).

import { NS } from "../../xmpp/namespaces.ts";
import type { Stanza } from "../../xmpp/stanza.ts";
import { openTag, tag } from "../../xmpp/tag.ts";
import type { Affiliation, Role } from "../model/affiliation.ts";
import type { StanzaTemplate } from "../model/effects.ts";
import { reasonTag } from "../model/reason.ts";
import { writeStatuses } from "../model/status-tags.ts";
import type { Actor } from "../room/actor.ts";
import { leadingSession, type Occupant } from "../room/occupant.ts";
import type { Room } from "../room/room.ts";
import { hatsTag } from "./hats.ts";
import { presenceAdditions } from "./relay-filter.ts";

/** What a presence says beyond the occupant's own state. */
export interface Notice {
  readonly statuses?: readonly number[];
  /** Only the occupant itself is told these (100, 170, 201, 210). */
  readonly selfStatuses?: readonly number[];
  readonly actor?: Actor | undefined;
  readonly reason?: string | undefined;
  /** The new nickname (303). */
  readonly nick?: string;
  /** A child of x beside item (destroy), as markup. */
  readonly extra?: string;
  /** The same, for those alone who see real JIDs and asked for it when they entered (XEP-0463). */
  readonly version?: string | undefined;
  /** The request of one of the occupant's clients that this answers: the self-presence to that client has its id. */
  readonly answers?: PresenceRequest | undefined;
}

/** A presence stanza of a client, by the client's full JID and the stanza's id. */
export interface PresenceRequest {
  readonly client: string;
  readonly id: string | undefined;
}

/** Names a stanza as the request that a presence answers. */
export const requestOf = ({ from, id }: Stanza): PresenceRequest => ({ client: from.full, id });

interface Item {
  readonly affiliation: Affiliation;
  readonly role: Role;
}

/** What it shows of an occupant, as it is at one moment. */
export interface OccupantState extends Item {
  readonly nick: string;
  /** XEP-0421. */
  readonly id: string;
  /** XEP-0317, as markup. */
  readonly hats: string;
}

/** How an occupant stands now. */
export const stateOf = (
  room: Room,
  { nick, id, affiliation, role, bareJid }: Pick<Occupant, keyof Item | "nick" | "id" | "bareJid">,
): OccupantState => ({ nick, id, affiliation, role, hats: hatsTag(room, bareJid) });

/** What one presence shows, to some of those who get it. */
export interface PresenceView {
  readonly unavailable?: boolean;
  /** The client's own part, as markup, and the language of that. */
  readonly payload: string;
  readonly language?: string | undefined;
  /** The real JID, for those who may see it. */
  readonly jid: string | undefined;
  readonly role?: Role;
  readonly notice?: Notice;
  /** Whether it is for those who see the real JID of an actor. */
  readonly seesJids?: boolean;
  /** In place of those that the notice has for the others. */
  readonly statuses?: readonly number[];
  /** The id of the request that it answers. */
  readonly id?: string | undefined;
}

/** About what every presence has: addresses, the muc extension with item and statuses, the occupant-id. */
const FRAME = 350;

/** A presence of an occupant as it is at this moment. Its text is made when it is first written, which may be later. */
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

  /** Whether it is what the occupant shows now, where it says no more than that. */
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
    const type = unavailable ? "unavailable" : undefined;
    return openTag("presence", { from, type, id, "xml:lang": language });
  }

  #writeTail(): string {
    const { payload, unavailable = false, jid, notice = {}, seesJids = false } = this.#view;
    const { statuses = notice.statuses ?? [], role = this.#state.role } = this.#view;
    const { affiliation, id, hats } = this.#state;
    const extension = writeUserExtension({ affiliation, role, jid }, notice, seesJids, statuses);
    return `">${payload}${presenceAdditions(id, unavailable ? "" : hats)}${extension}</presence>`;
  }
}

/** About how many bytes a presence has, without its recipient. */
export function sizeOfPresence(
  { nick, hats }: OccupantState,
  { payload, notice }: Pick<PresenceView, "payload" | "notice">,
): number {
  return FRAME + nick.length + hats.length + payload.length + (notice?.reason?.length ?? 0);
}

/** The muc extension, for one who sees the real JID of an actor or does not. */
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
  const itemTag = tag("item", { affiliation, role, jid, nick: notice.nick }, content);
  return tag("x", { xmlns: NS.mucUser }, itemTag + writeStatuses(statuses) + (notice.extra ?? "") + version);
}
