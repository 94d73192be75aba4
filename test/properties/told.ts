// A client's knowledge of a room, from the stanzas sent to it only, read as XEP-0045 tells clients to read them.
import { NS } from "../../src/xmpp/namespaces.ts";
import { find, type Node } from "./strict-xml.ts";

export interface Told {
  /** True while the client is in the room: from its own presence (110) to its own unavailable presence. */
  present: boolean;
  nick: string;
  role: string;
  /** True if everybody sees real JIDs (100, 172, 173). */
  nonAnonymous: boolean;
  /** "affiliation/role" by nickname, including the client itself. */
  readonly roster: Map<string, string>;
}

export const newTold = (): Told => ({
  present: false,
  nick: "",
  role: "none",
  nonAnonymous: false,
  roster: new Map(),
});

/** Returns the status codes of a stanza. */
export function statusesOf(stanza: Node): string[] {
  const x = find(stanza, "x", NS.mucUser);
  return (x?.children ?? []).filter((el) => el.name === "status").map((el) => el.attrs.code ?? "");
}

/** Applies a stanza sent to the client by this room, or by its occupant `nick`. */
export function tell(told: Told, stanza: Node, nick: string): void {
  if (stanza.attrs.type === "error") return;
  const statuses = statusesOf(stanza);
  if (statuses.includes("172")) told.nonAnonymous = true;
  if (statuses.includes("173")) told.nonAnonymous = false;
  if (stanza.name === "presence" && nick !== "") readPresence(told, stanza, nick, statuses);
}

function readPresence(told: Told, stanza: Node, nick: string, statuses: readonly string[]): void {
  const item = find(find(stanza, "x", NS.mucUser), "item");
  const isOwn = statuses.includes("110");
  if (stanza.attrs.type === "unavailable") {
    told.roster.delete(nick);
    if (isOwn && !statuses.includes("303")) Object.assign(told, newTold());
    return;
  }
  told.roster.set(nick, `${item?.attrs.affiliation}/${item?.attrs.role}`);
  if (!isOwn) return;
  if (!told.present) told.nonAnonymous = statuses.includes("100");
  told.present = true;
  told.nick = nick;
  told.role = item?.attrs.role ?? "none";
}
