// Voice requests that no moderator has answered yet (XEP-0045 section 7.13). They are a note of the room.
import { z } from "zod";
import { latestFitting } from "../model/latest-fitting.ts";
import { account, jsonNote, removeEntries } from "./json-note.ts";
import type { Occupant } from "./occupant.ts";
import type { Room } from "./room.ts";

interface VoiceRequest {
  /** Bare JID of the visitor, and the nickname at the time of the request. */
  readonly jid: string;
  readonly nick: string;
  /** Full JIDs of the moderators' clients that received the request. */
  readonly asked: readonly string[];
}

const schema = z.array(z.strictObject({ jid: account, nick: z.string(), asked: z.array(z.string()) }));

/** Oldest first. */
export const voiceRequestsNote = jsonNote<readonly VoiceRequest[]>("voice-requests", schema, []);
/** Maximum number of stored requests. Older ones are dropped. */
const MAX_REQUESTS = 100;

/** Returns the full JIDs that received a visitor's request under its current nickname; empty if none is pending. */
export function recipientsOf(room: Room, visitor: Occupant): readonly string[] {
  return voiceRequestsNote.read(room).find((request) => isOf(request, visitor))?.asked ?? [];
}

/** Stores a request with the full JIDs that received it. Drops requests of users who are not in the room any more. */
export function rememberVoiceRequest(room: Room, visitor: Occupant, asked: readonly string[]): void {
  const { bareJid: jid, nick } = visitor;
  const others = voiceRequestsNote.read(room).filter((request) => {
    const sender = room.occupants.get(request.nick);
    return sender !== visitor && sender?.bareJid === request.jid;
  });
  voiceRequestsNote.write(room, latestFitting([...others, { jid, nick, asked }], MAX_REQUESTS));
}

/** Removes the request of a visitor that has got an answer or another role, or has left. */
export const forgetVoiceRequest = (room: Room, visitor: Occupant): void =>
  void removeEntries(voiceRequestsNote, room, (request) => isOf(request, visitor));

const isOf = ({ jid, nick }: VoiceRequest, { bareJid, nick: current }: Occupant): boolean =>
  jid === bareJid && nick === current;
