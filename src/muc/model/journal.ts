import type { Affiliation, Role } from "./affiliation.ts";
import type { RoomConfig } from "./room-config.ts";
import type { Subject } from "./subject.ts";

/** What is kept of one affiliated user, by bare JID. `nick` is the reserved nickname. */
export interface AffiliationRecord {
  readonly jid: string;
  readonly affiliation: Affiliation;
  readonly reason: string | undefined;
  readonly nick: string | undefined;
}

/** What is kept of one client in the room, by full JID. `payload`: what it said in its last presence, as markup, in that language. */
export interface SessionRecord {
  readonly jid: string;
  readonly nick: string;
  readonly role: Role;
  readonly payload: string;
  readonly language: string | undefined;
}

/** What was not said to all, and is kept only where the operator wants it (archive/archive-extras.ts). */
export const EXTRA_KINDS = ["private", "arrival", "departure"] as const;
export type ExtraKind = (typeof EXTRA_KINDS)[number];

/** To whom a private message was: nickname and bare JID; and the type of its stanza. */
export interface PrivateAddress {
  readonly nick: string;
  readonly jid: string;
  readonly type: string | undefined;
}

/** One message to all occupants, or a private one, or a presence, as the archive keeps it (XEP-0313). */
export interface ArchivedMessage {
  /** Who enters is given the discussion; the archive has changes of the subject too, and what clients do beside talking. */
  readonly kind: "discussion" | "subject" | "other" | ExtraKind;
  /** XEP-0359, given by the room; never used twice. */
  readonly stanzaId: string;
  /** Milliseconds since 1970; no less than that of the message before. */
  readonly at: number;
  /** Who said it: nickname, full JID, occupant-id (XEP-0421), affiliation and role at that time; empty for the room. */
  readonly nick: string;
  readonly jid: string;
  readonly author: string;
  readonly affiliation: Affiliation;
  readonly role: Role;
  /** The stanza's own id and language, and the id of the message that it corrects (XEP-0308). */
  readonly id: string;
  readonly language: string | undefined;
  readonly corrects: string | undefined;
  /** What was said, as markup, without what the room adds. */
  readonly payload: string;
  /** The text that full-text search finds it by (XEP-0431). */
  readonly text: string | undefined;
  /** Of a private message. */
  readonly to?: PrivateAddress;
}

export const isExtra = ({ kind }: ArchivedMessage): boolean => EXTRA_KINDS.some((each) => each === kind);

/** What is kept of a room. `node` is the localpart of its address. */
export interface RoomRecord {
  readonly node: string;
  readonly config: RoomConfig;
  /** Until its creator has configured it (section 10.1.1). */
  readonly locked: boolean;
  readonly subject: Subject | undefined;
  readonly affiliations: readonly AffiliationRecord[];
  /** What single concerns keep, by their name; each value is a text that only that concern reads. */
  readonly notes: ReadonlyMap<string, string>;
  /** In the order of their last presence. */
  readonly sessions: readonly SessionRecord[];
}

/** A room that was destroyed, and whose name is not free yet. */
export interface MovedRoom {
  readonly node: string;
  /** The bare JID of the room that takes its place. */
  readonly venue: string | undefined;
  readonly reason: string | undefined;
  /** The bare JIDs of those who are told venue and reason, where not everybody is. */
  readonly members: readonly string[] | undefined;
  /** Milliseconds since 1970: from then on the name is free. */
  readonly until: number;
}

/** A change that must be durable before anything that tells of it is sent. */
export type JournalEntry =
  /** A room came to be, or takes the place of whatever was stored under that node. Its archive is empty. */
  | { readonly kind: "room-stored"; readonly room: RoomRecord }
  /** A room is no more, nor its archive; nothing happens where it was not stored. */
  | { readonly kind: "room-removed"; readonly node: string }
  | {
      readonly kind: "config-changed";
      readonly node: string;
      readonly config: RoomConfig;
      readonly locked: boolean;
    }
  | { readonly kind: "subject-changed"; readonly node: string; readonly subject: Subject | undefined }
  /** Sets or replaces one user's affiliation; affiliation "none" removes the row. */
  | { readonly kind: "affiliation-changed"; readonly node: string; readonly record: AffiliationRecord }
  /** Sets or replaces what one concern keeps; `undefined` removes it. */
  | {
      readonly kind: "note-changed";
      readonly node: string;
      readonly name: string;
      readonly text: string | undefined;
    }
  /** Sets or replaces one client, whose presence is the latest now. */
  | { readonly kind: "session-stored"; readonly node: string; readonly session: SessionRecord }
  | { readonly kind: "session-removed"; readonly node: string; readonly jid: string }
  | { readonly kind: "message-archived"; readonly node: string; readonly message: ArchivedMessage }
  /**
   * `payload` takes the place of what was said in a message and in other versions of it by the same author
   * (XEP-0308, XEP-0424); nothing happens where it is not in the archive.
   */
  | {
      readonly kind: "message-retracted";
      readonly node: string;
      readonly stanzaId: string;
      readonly payload: string;
    }
  /** The same for private messages of an author (an occupant-id) to a user (a bare JID), by the stanza's own id. */
  | {
      readonly kind: "private-retracted";
      readonly node: string;
      readonly author: string;
      readonly to: string;
      readonly id: string;
      readonly payload: string;
    }
  /** Sets or replaces what is known of a destroyed room, which need not have been stored; and forgets it. */
  | { readonly kind: "room-moved"; readonly moved: MovedRoom }
  | { readonly kind: "move-forgotten"; readonly node: string };

type WithoutNode<T> = T extends unknown ? Omit<T, "node"> : never;

/** A change of one room that is journaled as it is made (`Room.change`). */
export type RoomChange = WithoutNode<
  Extract<
    JournalEntry,
    {
      kind:
        | "config-changed"
        | "subject-changed"
        | "affiliation-changed"
        | "message-archived"
        | "message-retracted"
        | "private-retracted";
    }
  >
>;
