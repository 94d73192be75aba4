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
    };
