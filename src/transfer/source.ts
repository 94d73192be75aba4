// The sources of an import.
import { CommandError } from "../cli/errors.ts";
import type { ActRecord } from "../muc/model/act.ts";
import type { ArchivedMessage, DestroyedRoom, RoomRecord } from "../muc/model/journal.ts";

/** An item of a source. The messages of a room follow it in the order of its archive. `where` names file and line. */
export type Item =
  | { readonly kind: "room"; readonly room: RoomRecord; readonly where: string }
  | { readonly kind: "message"; readonly message: ArchivedMessage; readonly where: string }
  | { readonly kind: "act"; readonly node: string; readonly act: ActRecord; readonly where: string }
  | { readonly kind: "destroyed"; readonly destroyed: DestroyedRoom; readonly where: string }
  /** Something that cannot be imported, of a room (by its node) or of the whole source. For the report. */
  | { readonly kind: "loss"; readonly node: string | undefined; readonly what: string };

/** The rooms to import. A source is read twice: to check it, and to import it. */
export interface Source {
  /** Throws `TransferError` for an invalid source. `onProgress` gets the part that is read, from 0 to 1. */
  items(onProgress: (done: number) => void): AsyncIterable<Item>;
}

/** Reason why a transfer is not possible. */
export class TransferError extends CommandError {
  override name = "TransferError";
}
