// Rooms (mod_muc) and archives (mod_mam) as ejabberd stores them.
import type { Element } from "../../xmpp/element.ts";
import type { Term } from "./term.ts";

/** An item of an archive. Damaged and unknown parts are undefined. */
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
  /** Subscribers (MucSub) get messages without being in the room. */
  readonly hasSubscribers: boolean;
  readonly where: string;
}

/** The rooms of one service. */
export interface EjabberdStorage {
  /** Name for the operator. */
  readonly name: string;
  /** Number of rooms. */
  readonly total: number;
  /** Nicknames registered with the service, by bare JID. */
  readonly nicknames: ReadonlyMap<string, string>;
  rooms(): AsyncIterable<StoredRoom> | Iterable<StoredRoom>;
  /** Oldest first. */
  archive(node: string): AsyncIterable<ArchiveItem> | Iterable<ArchiveItem>;
}
