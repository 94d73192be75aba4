// Requests for voice that moderators have got and not answered (XEP-0045 section 7.13). They are kept with the room.
import { z } from "zod";
import { latestFitting } from "../model/latest-fitting.ts";
import { account, jsonNote } from "./json-note.ts";
import type { Occupant } from "./occupant.ts";
import type { Room } from "./room.ts";

interface VoiceRequest {
  /** Who asks: bare JID, and the nickname at that time. */
  readonly jid: string;
  readonly nick: string;
  /** The moderators' clients that have got it, by full JID. */
  readonly asked: readonly string[];
}

const schema = z.array(z.strictObject({ jid: account, nick: z.string(), asked: z.array(z.string()) }));

/** Oldest first. */
export const voiceRequestsNote = jsonNote<readonly VoiceRequest[]>("voice-requests", schema, []);
/** Of the oldest beyond it is forgotten that they were asked. */
const MOST = 100;

/** Who has got a visitor's request under its nickname, by full JID; empty where none waits. */
export function askedFor(room: Room, visitor: Occupant): readonly string[] {
  return voiceRequestsNote.read(room).find((request) => isOf(request, visitor))?.asked ?? [];
}

/** Keeps a request with all who have got it. */
export function rememberVoiceRequest(room: Room, visitor: Occupant, asked: readonly string[]): void {
  const { bareJid: jid, nick } = visitor;
  const others = voiceRequestsNote.read(room).filter((request) => {
    const sender = room.occupants.get(request.nick);
    return sender !== visitor && sender?.bareJid === request.jid;
  });
  voiceRequestsNote.keep(room, latestFitting([...others, { jid, nick, asked }], MOST));
}

/** A visitor has got an answer or another role, or has left. */
export function forgetVoiceRequest(room: Room, visitor: Occupant): void {
  const requests = voiceRequestsNote.read(room);
  const left = requests.filter((request) => !isOf(request, visitor));
  if (left.length < requests.length) voiceRequestsNote.keep(room, left);
}

const isOf = ({ jid, nick }: VoiceRequest, { bareJid, nick: current }: Occupant): boolean =>
  jid === bareJid && nick === current;
