import type { ActRecord } from "./act.ts";
import type { Affiliation, Role } from "./affiliation.ts";
import type { RoomConfig } from "./room-config.ts";
import type { Subject } from "./subject.ts";

/**
 * Stored affiliation of one user (bare JID). `nick` is the reserved nickname, `until` the time at which it ends (in
 * milliseconds since 1970).
 */
export interface AffiliationRecord {
  readonly jid: string;
  readonly affiliation: Affiliation;
  readonly reason: string | undefined;
  readonly nick: string | undefined;
  readonly until?: number | undefined;
}

/**
 * Stored client of an occupant (full JID). `payload` and `language` are of its last presence; the payload is markup.
 */
export interface SessionRecord {
  readonly jid: string;
  readonly nick: string;
  readonly role: Role;
  readonly payload: string;
  readonly language: string | undefined;
}

/** Kinds of archive extras, which are archived only if the operator enables them (archive/archive-extras.ts). */
export const EXTRA_KINDS = ["private", "arrival", "departure"] as const;
export type ExtraKind = (typeof EXTRA_KINDS)[number];

/** Recipient of a private message (nickname and bare JID), and the type of the stanza. */
export interface PrivateAddress {
  readonly nick: string;
  readonly jid: string;
  readonly type: string | undefined;
}

/** An archived groupchat message, private message or presence (XEP-0313). */
export interface ArchivedMessage {
  /**
   * Only "discussion" is in the history that new occupants get. "subject" is a subject change; "other" is what clients
   * send beside the discussion.
   */
  readonly kind: "discussion" | "subject" | "other" | ExtraKind;
  /** Stanza id (XEP-0359) that the room assigned; unique. */
  readonly stanzaId: string;
  /** Milliseconds since 1970; never decreases from message to message. */
  readonly at: number;
  /**
   * The sender's nickname, full JID, occupant id (XEP-0421), affiliation and role at that time. Nickname, JID and id
   * are empty if the room sent it.
   */
  readonly nick: string;
  readonly jid: string;
  readonly author: string;
  readonly affiliation: Affiliation;
  readonly role: Role;
  /** The stanza's own id and language, and the id of the message that it corrects (XEP-0308). */
  readonly id: string;
  readonly language: string | undefined;
  readonly corrects: string | undefined;
  /** The elements that the sender sent, as markup, without those that the room adds. */
  readonly payload: string;
  /** The text for full-text search (XEP-0431). */
  readonly text: string | undefined;
  /** The recipient of a private message. */
  readonly to?: PrivateAddress;
}

export const isExtra = ({ kind }: ArchivedMessage): boolean => EXTRA_KINDS.some((each) => each === kind);

/** Stored state of a room. `node` is the localpart of its address. */
export interface RoomRecord {
  readonly node: string;
  readonly config: RoomConfig;
  /** True until the creator has configured the room (section 10.1.1). */
  readonly locked: boolean;
  readonly subject: Subject | undefined;
  readonly affiliations: readonly AffiliationRecord[];
  /** Notes: one text per feature, by name. Only that feature reads it. */
  readonly notes: ReadonlyMap<string, string>;
  /** Sessions in the order of their last presence. */
  readonly sessions: readonly SessionRecord[];
}

/** A destroyed room whose name cannot be reused yet. */
export interface DestroyedRoom {
  readonly node: string;
  /** Bare JID of the alternate venue. */
  readonly venue: string | undefined;
  readonly reason: string | undefined;
  /** Bare JIDs of the users who may see venue and reason; undefined if everybody may. */
  readonly members: readonly string[] | undefined;
  /** Time from which the name can be reused, in milliseconds since 1970. */
  readonly until: number;
}

/** A change that must be durable before any output that reveals it is sent. */
export type JournalEntry =
  /** Creates a room with an empty archive. Replaces a room that is stored under the same node. */
  | { readonly kind: "room-stored"; readonly room: RoomRecord }
  /** Removes a room and its archive; no effect if it is not stored. */
  | { readonly kind: "room-removed"; readonly node: string }
  /**
   * Moves a room with its archive and its acts to another name, where no room is stored, without its clients. `config`: its
   * configuration, by which it is found.
   */
  | {
      readonly kind: "room-renamed";
      readonly node: string;
      readonly to: string;
      readonly config: RoomConfig;
    }
  | {
      readonly kind: "config-changed";
      readonly node: string;
      readonly config: RoomConfig;
      readonly locked: boolean;
    }
  | { readonly kind: "subject-changed"; readonly node: string; readonly subject: Subject | undefined }
  /** Sets one user's affiliation; affiliation "none" removes the row. */
  | { readonly kind: "affiliation-changed"; readonly node: string; readonly record: AffiliationRecord }
  /** Sets a note; `undefined` removes it. */
  | {
      readonly kind: "note-changed";
      readonly node: string;
      readonly name: string;
      readonly text: string | undefined;
    }
  /** Sets one client, whose presence becomes the occupant's latest. */
  | { readonly kind: "session-stored"; readonly node: string; readonly session: SessionRecord }
  | { readonly kind: "session-removed"; readonly node: string; readonly jid: string }
  | { readonly kind: "message-archived"; readonly node: string; readonly message: ArchivedMessage }
  /**
   * Replaces the payload of a message and of its other versions by the same author (XEP-0308, XEP-0424); no effect if
   * the message is not in the archive.
   */
  | {
      readonly kind: "message-retracted";
      readonly node: string;
      readonly stanzaId: string;
      readonly payload: string;
    }
  /** The same for private messages of an author (occupant id) to a user (bare JID), by the stanza's own id. */
  | {
      readonly kind: "private-retracted";
      readonly node: string;
      readonly author: string;
      readonly to: string;
      readonly id: string;
      readonly payload: string;
    }
  /** Adds a record of an act. The room need not be stored; the node is empty for acts on the whole service. */
  | { readonly kind: "act-recorded"; readonly node: string; readonly act: ActRecord }
  /** Sets the record of a destroyed room, which need not have been stored. */
  | { readonly kind: "room-destroyed"; readonly destroyed: DestroyedRoom }
  /** Removes the record of a destroyed room. */
  | { readonly kind: "destroyed-room-forgotten"; readonly node: string }
  /** Adds a webhook, or gives it other settings (JSON). */
  | { readonly kind: "webhook-stored"; readonly id: string; readonly settings: string }
  /** Removes a webhook with its queue. */
  | { readonly kind: "webhook-removed"; readonly id: string }
  /** Adds an event (id, and JSON) to the queue of a webhook; no effect if there is none of that id. */
  | {
      readonly kind: "event-queued";
      readonly hook: string;
      readonly event: string;
      readonly at: number;
      readonly body: string;
    };

type WithoutNode<T> = T extends unknown ? Omit<T, "node"> : never;

/** A change of one room that `Room.change` makes and journals in one step. */
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
        | "private-retracted"
        | "act-recorded";
    }
  >
>;
