// What Prosody keeps of rooms, however it is stored: mod_muc's store "config", and mod_muc_mam's "muc_log".
import type { Awaitable } from "../../muc/model/records.ts";
import type { Element } from "../../xmpp/element.ts";
import type { LuaTable } from "./lua.ts";
import type { ItemKeys } from "./message.ts";

/** An item of an archive. */
export interface ArchiveItem {
  /** Undefined where the item is damaged. */
  readonly keys: ItemKeys | undefined;
  readonly stanza: Element | undefined;
  readonly where: string;
  /** Which part of the archive is read with it, from 0 to 1. */
  readonly done: number;
}

/** One service's rooms, by their nodes. */
export interface ProsodyStorage {
  /** Names it to the operator. */
  readonly name: string;
  /** A database that archives may be in instead. */
  readonly beside: string | undefined;
  /** Throws `TransferError` where there are no rooms of that service. */
  nodes(): Awaitable<readonly string[]>;
  /** The data is undefined where it is damaged. */
  room(node: string): Awaitable<{ readonly data: LuaTable | undefined; readonly where: string }>;
  /** What mod_vcard keeps of a room (the store "vcard_muc"); undefined where there is nothing, a table without entries where it is damaged. */
  vcard(node: string): Awaitable<LuaTable | undefined>;
  /** In the order in which it was archived. */
  archive(node: string): AsyncIterable<ArchiveItem>;
  /** Where that archive is, for the operator. */
  archiveName(node: string): string;
}
