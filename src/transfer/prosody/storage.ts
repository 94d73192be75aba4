// Rooms as Prosody stores them: mod_muc's store "config" and mod_muc_mam's "muc_log".
import type { Awaitable } from "../../muc/model/records.ts";
import type { Element } from "../../xmpp/element.ts";
import type { LuaTable } from "./lua.ts";
import type { ItemKeys } from "./message.ts";

/** An item of an archive. */
export interface ArchiveItem {
  /** Undefined if the item is damaged. */
  readonly keys: ItemKeys | undefined;
  readonly stanza: Element | undefined;
  readonly where: string;
  /** The part of the archive that is read so far, from 0 to 1. */
  readonly done: number;
}

/** The rooms of one service, by node. */
export interface ProsodyStorage {
  /** Name for the operator. */
  readonly name: string;
  /** A database in which the archives may be instead. */
  readonly suggestion: string | undefined;
  /** Throws `TransferError` if the service has no rooms. */
  nodes(): Awaitable<readonly string[]>;
  /** The data is undefined if it is damaged. */
  room(node: string): Awaitable<{ readonly data: LuaTable | undefined; readonly where: string }>;
  /** mod_vcard's store "vcard_muc": undefined if there is none, an empty table if it is damaged. */
  vcard(node: string): Awaitable<LuaTable | undefined>;
  /** Yields the archive in its order. */
  archive(node: string): AsyncIterable<ArchiveItem>;
  /** The place of that archive, for the operator. */
  archiveName(node: string): string;
}
