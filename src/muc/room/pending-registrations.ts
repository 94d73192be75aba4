// Registration requests that wait for an admin's approval (XEP-0045 sections 7.10 and 9.9). They are a note of the
// room.
import { z } from "zod";
import { account, jsonNote, removeEntries } from "./json-note.ts";
import type { Room } from "./room.ts";

export interface RegistrationRequest {
  /** Bare JID. */
  readonly jid: string;
  readonly nick: string;
  /** Values of the submitted form, by field. */
  readonly told: Readonly<Record<string, readonly string[]>>;
}

const schema = z.array(
  z.strictObject({ jid: account, nick: z.string(), told: z.record(z.string(), z.array(z.string())) }),
);

/** Oldest first. */
export const registrationRequestsNote = jsonNote<readonly RegistrationRequest[]>(
  "registration-requests",
  schema,
  [],
);

export function findRequest(room: Room, jid: string): RegistrationRequest | undefined {
  return registrationRequestsNote.read(room).find((request) => request.jid === jid);
}

/** Removes a request that was denied, withdrawn, or settled by an affiliation. Returns true if there was one. */
export const forgetRequest = (room: Room, jid: string): boolean =>
  removeEntries(registrationRequestsNote, room, (request) => request.jid === jid).length > 0;
