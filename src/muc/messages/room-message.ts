import type { Element } from "../../xmpp/element.ts";
import type { Stanza } from "../../xmpp/stanza.ts";
import type { ArchivedMessage } from "../model/journal.ts";
import type { Occupant } from "../room/occupant.ts";

/** A message to all occupants: its archive record, and its text before and after the recipient's address. */
export interface RoomMessage {
  readonly stanza: Stanza;
  readonly sender: Occupant;
  /** The relayed elements of the stanza. */
  readonly elements: readonly Element[];
  readonly archived: ArchivedMessage;
  readonly head: string;
  readonly tail: string;
}

/** A stanza and its relayed elements. */
export type RelayedMessage = Pick<RoomMessage, "stanza" | "elements">;
