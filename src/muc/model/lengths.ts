// How large may be what rooms repeat, so that no stanza grows beyond what servers take. In bytes, as a server writes them
// that escapes all it may (`escapedBytes`).
import type { RoomEnvironment } from "./room-environment.ts";

/** Of one text each. */
export const LONGEST = {
  roomName: 512,
  roomDescription: 4_096,
  languageTag: 64,
  password: 1_024,
  /** An address on the web. */
  uri: 2_048,
  /** Of a kick, a ban, an invitation, ...; a longer one is cut, as what it explains matters more. */
  reason: 2_048,
  /** All languages of the subject together. */
  subject: 8_192,
  /** What a client gives to have it back: the id of a query or session, a thread. */
  token: 1_024,
  hatTitle: 512,
  hatUri: 1_024,
  /** One answer to a question of the registration form. */
  registrationAnswer: 2_048,
} as const;

/** Of each kind, in one room. */
export const MOST = {
  contacts: 20,
  photos: 10,
  hats: 100,
  hatsOfOneUser: 20,
  wearers: 500,
  affiliations: 50_000,
} as const;

/** What the admins and owners may take in the configuration form, each list. */
export const ADMIN_LIST_BYTES = 65_536;

/** What a room adds to a stanza that it passes on: addresses, identifiers, what it is forwarded in. */
export const ROOM_ADDS = 65_536;

/** What the items of a list, or one element that is passed on, may take in one stanza. */
export const listBytes = ({ limits }: Pick<RoomEnvironment, "limits">): number =>
  limits.sentStanzaBytes - ROOM_ADDS;
