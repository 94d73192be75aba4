// What ejabberd keeps of rooms (mod_muc, and mod_mam for their archives), however it is stored.
import type { Element } from "../../xmpp/element.ts";
import type { Term } from "./term.ts";

/** What is damaged or of no kind that is read is undefined. */
export interface ArchiveItem {
  readonly id: string | undefined;
  /** Milliseconds since 1970. */
  readonly at: number | undefined;
  readonly nick: string | undefined;
  readonly stanza: Element | undefined;
  readonly where: string;
}

export interface StoredRoom {
  readonly node: string;
  readonly options: Term;
  /** Of those who get messages without being in the room. */
  readonly hasSubscribers: boolean;
  readonly where: string;
}

/** One service's rooms. */
export interface EjabberdStorage {
  /** Names it to the operator. */
  readonly name: string;
  /** How many rooms there are. */
  readonly total: number;
  /** The nicknames that are registered with the service, by bare JID. */
  readonly nicknames: ReadonlyMap<string, string>;
  rooms(): AsyncIterable<StoredRoom> | Iterable<StoredRoom>;
  /** Oldest first. */
  archive(node: string): AsyncIterable<ArchiveItem> | Iterable<ArchiveItem>;
}
