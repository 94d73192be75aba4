// The users of the load, and their stanzas.

/** The users' domain. Behind a server it is the domain of the load's component or of its clients. */
export const USERS = "users.bench.example";
/** The domain of the measured rooms. */
export const ROOMS = "rooms.bench.example";
export const SECRET = "bench";
/** Beginning of the names of quiet rooms, which broadcast no presence of participants. The splicer knows them by it. */
export const QUIET_PREFIX = "quiet-";

/** Password of the users that are clients of a server. */
export const PASSWORD = "bench";
export const RESOURCE = "b";

const MUC = "http://jabber.org/protocol/muc";
const TEXT = "It was the best of times, it was the worst of times &amp; the room was full.";

/** Localpart of the users whose own copies the load looks for. No other address contains it. */
export const TALKER = "talker";

export const jidOf = (name: string): string => `${name}@${USERS}/${RESOURCE}`;
export const roomOf = (name: string): string => `${name}@${ROOMS}`;

/** Entry (XEP-0045 section 7.2). Nicknames do not contain `TALKER`, so none looks like a talker's address. */
export function entry(user: string, room: string): string {
  return `<presence from="${jidOf(user)}" to="${roomOf(room)}/${nickOf(user)}"><x xmlns="${MUC}"/></presence>`;
}

/** Exit (section 7.14). */
export function exit(user: string, room: string): string {
  return `<presence type="unavailable" from="${jidOf(user)}" to="${roomOf(room)}/${nickOf(user)}"><status>bye</status></presence>`;
}

/** Change of availability (section 7.7). */
export function newPresence(user: string, room: string, show: "away" | "dnd"): string {
  return `<presence from="${jidOf(user)}" to="${roomOf(room)}/${nickOf(user)}"><show>${show}</show></presence>`;
}

/** Message to all occupants (section 7.4). */
export function groupchat(user: string, room: string, id: string): string {
  return `<message type="groupchat" id="${id}" from="${jidOf(user)}" to="${roomOf(room)}"><body>${TEXT}</body><origin-id xmlns="urn:xmpp:sid:0" id="${id}"/></message>`;
}

/** Configuration (section 10.1.3) of a persistent room. If `quiet`, only the presence of moderators is broadcast. */
export function configuration(user: string, room: string, quiet: boolean): string {
  const field = (name: string, value: string): string =>
    `<field var="${name}"><value>${value}</value></field>`;
  const fields = [
    field("FORM_TYPE", `${MUC}#roomconfig`),
    field("muc#roomconfig_persistentroom", "1"),
    quiet ? field("muc#roomconfig_presencebroadcast", "moderator") : "",
  ];
  return iq(
    "set",
    user,
    room,
    `<query xmlns="${MUC}#owner"><x xmlns="jabber:x:data" type="submit">${fields.join("")}</x></query>`,
  );
}

/** IQ to a room. */
export function iq(type: "get" | "set", user: string, room: string, payload: string, id = "q"): string {
  return `<iq type="${type}" id="${id}" from="${jidOf(user)}" to="${roomOf(room)}">${payload}</iq>`;
}

const nickOf = (user: string): string => `n${user.replace(TALKER, "t")}`;
