// What an import reads, whatever wrote it.
import { CommandError } from "../cli/errors.ts";
import type { ArchivedMessage, MovedRoom, RoomRecord } from "../muc/model/journal.ts";

/** One thing that a source has. The messages of a room follow it, in the order in which they were archived. */
export type Item =
  | { readonly kind: "room"; readonly room: RoomRecord; readonly where: string }
  | { readonly kind: "message"; readonly message: ArchivedMessage; readonly where: string }
  | { readonly kind: "moved"; readonly moved: MovedRoom; readonly where: string }
  /** What cannot be carried over, of a room (by its node) or of the whole; for the report. */
  | { readonly kind: "loss"; readonly node: string | undefined; readonly what: string };

/** Where rooms come from. It is read twice: to be checked, and to be imported. */
export interface Source {
  /** Throws `TransferError` where the source is not as it should be. `tell` hears how much is read, from 0 to 1. */
  items(tell: (done: number) => void): AsyncIterable<Item>;
}

/** Why a transfer is not possible. */
export class TransferError extends CommandError {
  override name = "TransferError";
}
