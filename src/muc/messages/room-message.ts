import type { Element } from "../../xmpp/element.ts";
import type { Stanza } from "../../xmpp/stanza.ts";
import type { ArchivedMessage } from "../model/journal.ts";
import type { Occupant } from "../room/occupant.ts";

/** A message to all occupants: as the archive keeps it, and as text before and after the recipient's address. */
export interface RoomMessage {
  readonly stanza: Stanza;
  readonly sender: Occupant;
  /** The elements of the stanza that are passed on. */
  readonly said: readonly Element[];
  readonly kept: ArchivedMessage;
  readonly head: string;
  readonly tail: string;
}

/** The elements of a message that are passed on, and the stanza that has them. */
export type SaidMessage = Pick<RoomMessage, "stanza" | "said">;
