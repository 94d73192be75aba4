// Limits of texts and lists that rooms send, so that no stanza exceeds what servers accept. Lengths are in bytes with
// all optional escapes (`escapedBytes`).
import type { RoomEnvironment } from "./room-environment.ts";

/** Maximum lengths of texts. */
export const MAX_BYTES = {
  roomName: 512,
  roomDescription: 4_096,
  languageTag: 64,
  password: 1_024,
  uri: 2_048,
  /** The reason of a kick, a ban, an invitation, ... A longer one is cut, so that the action itself succeeds. */
  reason: 2_048,
  /** All languages of the subject together. */
  subject: 8_192,
  /** A value that is returned to the client unchanged: the id of a query or session, a thread. */
  token: 1_024,
  hatTitle: 512,
  hatUri: 1_024,
  /** The description of an act in its record. */
  actDetail: 1_024,
  /** One value of the registration form. */
  registrationAnswer: 2_048,
  /** What a report (XEP-0377) says, and the part of the message that is kept with it. */
  reportText: 1_000,
  reportReason: 256,
  gateQuestion: 4_096,
  /** All accepted answers together. */
  gateAnswers: 1_024,
  banGroup: 256,
  /** What the author of a held message sent. */
  heldMessage: 8_192,
} as const;

/** Maximum numbers of items in one room. */
export const MAX_COUNT = {
  contacts: 20,
  photos: 10,
  hats: 100,
  hatsOfOneUser: 20,
  wearers: 500,
  affiliations: 50_000,
  bots: 20,
} as const;

/** Maximum size, in bytes, of each list of admins and owners in the configuration form. */
export const ADMIN_LIST_BYTES = 65_536;

/** Bytes reserved for what a room adds to a stanza that it relays: addresses, identifiers, the forwarding wrapper. */
export const ROOM_OVERHEAD_BYTES = 65_536;

/** Returns the maximum size, in bytes, of the items of a list, or of one relayed element, in one stanza. */
export const listBytes = ({ limits }: Pick<RoomEnvironment, "limits">): number =>
  limits.sentStanzaBytes - ROOM_OVERHEAD_BYTES;
