// Messages of strangers that wait for a moderator. They are a note of the room.
import { z } from "zod";
import { isElements } from "../../xmpp/well-formed.ts";
import { latestFitting } from "../model/latest-fitting.ts";
import { jsonNote, removeEntries } from "./json-note.ts";
import type { Room } from "./room.ts";

/** A message that waits, with what its author sent, as markup. `at` in milliseconds since 1970. */
export interface HeldMessage {
  readonly key: string;
  readonly at: number;
  readonly nick: string;
  /** The author's full JID and occupant-id. */
  readonly jid: string;
  readonly author: string;
  /** The stanza's id and language, and the id of the message that it corrects. */
  readonly id?: string | undefined;
  readonly language?: string | undefined;
  readonly corrects?: string | undefined;
  readonly payload: string;
  readonly text: string;
}

/** Maximum number of messages that wait in a room, and of one user. */
export const MAX_HELD = 50;
export const MAX_HELD_OF_USER = 5;

const schema = z.array(
  z.strictObject({
    key: z.string(),
    at: z.number(),
    nick: z.string(),
    jid: z.string(),
    author: z.string(),
    id: z.string().optional(),
    language: z.string().optional(),
    corrects: z.string().optional(),
    payload: z.string().refine(isElements, { error: "expected well-formed XML elements" }),
    text: z.string(),
  }),
);

/** Oldest first. */
export const heldNote = jsonNote<readonly HeldMessage[]>("held-messages", schema, []);

export const addHeld = (room: Room, message: HeldMessage): void =>
  heldNote.write(room, latestFitting([...heldNote.read(room), message], MAX_HELD));

export const removeHeld = (room: Room, key: string): void =>
  void removeEntries(heldNote, room, (message) => message.key === key);
