// Languages of clients in a room: those of their last presence.
import { languageFor } from "../../xmpp/text.ts";
import type { Room } from "./room.ts";

/** Returns the language of a client by its full JID: that of the service if it named none or is not inside. */
export const languageOfClient = (room: Room, jid: string): string =>
  room.sessions.get(jid)?.sessions.get(jid)?.language ?? room.environment.language;

/** Returns the language of a user (bare JID): that of one of its clients inside, or of the service. */
export const languageOfUser = (room: Room, bareJid: string): string =>
  languageOfClient(room, room.occupantsOf(bareJid)[0]?.sessions.list[0] ?? "");

/** Groups clients by the language in which they get texts, so that each group gets one broadcast. */
export function byLanguage(room: Room, clients: readonly string[]): ReadonlyMap<string, string[]> {
  const groups = new Map<string, string[]>();
  for (const jid of clients) {
    const language = languageFor(languageOfClient(room, jid));
    const group = groups.get(language);
    if (group) group.push(jid);
    else groups.set(language, [jid]);
  }
  return groups;
}
