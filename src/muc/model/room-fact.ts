// What happened in a room, as far as its journal entries do not say it. Events of rooms are made from both (src/events).
import type { Affiliation, Role } from "./affiliation.ts";
import type { ArchivedMessage } from "./journal.ts";

/** An occupant at that time. */
export interface FactOccupant {
  readonly nick: string;
  readonly bareJid: string;
  readonly id: string;
  readonly affiliation: Affiliation;
  readonly role: Role;
}

/** A report that the room keeps. */
export interface FactReport {
  readonly id: string;
  /** Bare JID of the user who reports. */
  readonly by: string;
  /** Bare JID, occupant-id and nickname of the reported user. */
  readonly jid: string;
  readonly occupantId: string;
  readonly nick: string;
  /** A URI (XEP-0377). */
  readonly reason: string;
  /** What the reporter wrote. */
  readonly comment?: string | undefined;
  /** The stanza-id of the reported message, and the beginning of its text. */
  readonly stanzaId?: string | undefined;
  readonly text?: string | undefined;
}

/** All that the others in the room are shown; except reports, which moderators are, and commands, which bots are. */
export type RoomFact =
  | { readonly kind: "said"; readonly message: ArchivedMessage }
  | { readonly kind: "entered"; readonly occupant: FactOccupant }
  /** `statuses`: why (XEP-0045 section 15.6). `isHidden`: the occupant is still inside. */
  | {
      readonly kind: "left";
      readonly occupant: FactOccupant;
      readonly statuses: readonly number[];
      readonly reason: string | undefined;
      readonly isHidden: boolean;
    }
  /** `occupant` has the old nickname. */
  | { readonly kind: "renamed"; readonly occupant: FactOccupant; readonly nick: string }
  | { readonly kind: "role-changed"; readonly occupant: FactOccupant }
  | { readonly kind: "reported"; readonly report: FactReport }
  /** An occupant has run a command of a bot (nickname), with a text if the command asks for one. */
  | {
      readonly kind: "commanded";
      readonly occupant: FactOccupant;
      readonly bot: string;
      readonly command: string;
      readonly text: string | undefined;
    };

/** A fact among the effects of a stanza. */
export interface PlacedFact {
  readonly node: string;
  /** Number of journal entries before it. */
  readonly place: number;
  /** True if not all occupants saw real JIDs at that time. */
  readonly isAnonymous: boolean;
  readonly fact: RoomFact;
}

/** Copies what a fact says of an occupant, which changes later. */
export const factOccupant = ({ nick, bareJid, id, affiliation, role }: FactOccupant): FactOccupant => ({
  nick,
  bareJid,
  id,
  affiliation,
  role,
});
