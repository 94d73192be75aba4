// Order of the stanzas that a new occupant receives (XEP-0045 section 7.1).

import type { Room } from "../../src/muc/room/room.ts";
import { ROOM_NICK } from "../../src/muc/room/room-voice.ts";
import { NS } from "../../src/xmpp/namespaces.ts";
import { ensure, type Received } from "./ensure.ts";
import { find } from "./strict-xml.ts";
import { statusesOf } from "./told.ts";
import type { Outcome } from "./world.ts";

const ORDER = ["presence of others", "own presence", "history", "subject", "live messages"];

/**
 * Checks the order: the others' presence, the user's own presence, the discussion history, the subject, then everything
 * for occupants. Own presence and subject come exactly once.
 */
export function checkEntry(
  { stanza, before }: Outcome,
  received: readonly Received[],
  rooms: ReadonlyMap<string, Room>,
): void {
  if (stanza?.kind !== "presence" || stanza.type !== undefined) return;
  const room = rooms.get(stanza.to.bare);
  const client = stanza.from.full;
  const occupant = room?.sessions.get(client);
  if (!room || !occupant) return;
  const mine = received.filter((one) => one.to === client && one.room === room.address);
  const isEntry = !before.get(room.address)?.has(client);
  const isResync = !isEntry && mine.some((one) => one.stanza.name === "message");
  if (!isEntry && !isResync) return;
  const parts = mine.map(partOf);
  const all = mine.map(({ text }) => text).join("\n    ");
  const isSorted = parts.every(
    (part, i) => i === 0 || ORDER.indexOf(parts[i - 1] ?? "") <= ORDER.indexOf(part),
  );
  ensure(isSorted, "others' presence, own presence, history and subject come in this order", all);
  for (const once of ["own presence", "subject"])
    ensure(parts.filter((part) => part === once).length === 1, `who enters gets ${once} once`, all);
  const own = mine.find((one) => partOf(one) === "own presence");
  ensure(own?.nick === occupant.nick, "own presence is from one's nickname", own?.text);
}

function partOf({ stanza, nick }: Received): string {
  if (stanza.name === "presence")
    return nick !== "" && stanza.attrs.type === undefined && statusesOf(stanza).includes("110")
      ? "own presence"
      : "presence of others";
  // A question at the gate, or the notice of a lock-down.
  if (stanza.attrs.type !== "groupchat" || nick === ROOM_NICK) return "live messages";
  if (find(stanza, "subject") && !find(stanza, "body")) return "subject";
  return find(stanza, "delay", NS.delay) ? "history" : "no part of an entry";
}
