import type { Affiliation } from "./affiliation.ts";
import type { RoomConfig } from "./room-config.ts";
import type { Subject } from "./subject.ts";

/** What is kept of one affiliated user, by bare JID. `nick` is the reserved nickname. */
export interface AffiliationRecord {
  readonly jid: string;
  readonly affiliation: Affiliation;
  readonly reason: string | undefined;
  readonly nick: string | undefined;
}

/** What is kept of a persistent room. `node` is the localpart of its address. */
export interface RoomRecord {
  readonly node: string;
  readonly config: RoomConfig;
  readonly subject: Subject | undefined;
  readonly affiliations: readonly AffiliationRecord[];
  /** What single concerns keep, by their name; each value is a text that only that concern reads. */
  readonly notes: ReadonlyMap<string, string>;
}

/** A room that was destroyed with an alternate venue. */
export interface MovedRoom {
  readonly node: string;
  /** The bare JID of the other room. */
  readonly venue: string;
  readonly reason: string | undefined;
  /** The bare JIDs of those who are told the venue, where not everybody is. */
  readonly members: readonly string[] | undefined;
  /** Milliseconds since 1970: from then on the name is free. */
  readonly until: number;
}

/** A change that must be durable before anything that tells of it is sent. */
export type JournalEntry =
  /** A room became persistent: its whole state. Replaces whatever was stored under that node. */
  | { readonly kind: "room-stored"; readonly room: RoomRecord }
  /** A room was destroyed or is no longer persistent; nothing happens where it was not stored. */
  | { readonly kind: "room-removed"; readonly node: string }
  | { readonly kind: "config-changed"; readonly node: string; readonly config: RoomConfig }
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
  /** Sets or replaces what is known of a destroyed room, which need not have been stored; and forgets it. */
  | { readonly kind: "room-moved"; readonly moved: MovedRoom }
  | { readonly kind: "move-forgotten"; readonly node: string };
