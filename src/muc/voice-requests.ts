// Requests for voice that moderators have got and not answered (XEP-0045 section 7.13). They are kept with the room.
import { jsonNote } from "./json-note.ts";
import type { Occupant } from "./occupant.ts";
import type { Room } from "./room.ts";

interface VoiceRequest {
  /** Who asks: bare JID, and the nickname at that time. */
  readonly jid: string;
  readonly nick: string;
  /** The moderators' clients that have got it, by full JID. */
  readonly asked: readonly string[];
}

/** Oldest first. */
const note = jsonNote<readonly VoiceRequest[]>("voice-requests", []);
/** Of the oldest beyond it is forgotten that they were asked. */
const MOST = 100;

/** Who has got a visitor's request under its nickname, by full JID; empty where none waits. */
export function askedFor(room: Room, visitor: Occupant): readonly string[] {
  return note.read(room).find((request) => isOf(request, visitor))?.asked ?? [];
}

/** Keeps a request with all who have got it. */
export function rememberVoiceRequest(room: Room, visitor: Occupant, asked: readonly string[]): void {
  const { bareJid: jid, nick } = visitor;
  const others = note.read(room).filter((request) => {
    const sender = room.occupants.get(request.nick);
    return sender !== visitor && sender?.bareJid === request.jid;
  });
  note.keep(room, [...others, { jid, nick, asked }].slice(-MOST));
}

/** A visitor has got an answer or another role, or has left. */
export function forgetVoiceRequest(room: Room, visitor: Occupant): void {
  const requests = note.read(room);
  const left = requests.filter((request) => !isOf(request, visitor));
  if (left.length < requests.length) note.keep(room, left);
}

const isOf = ({ jid, nick }: VoiceRequest, { bareJid, nick: current }: Occupant): boolean =>
  jid === bareJid && nick === current;
