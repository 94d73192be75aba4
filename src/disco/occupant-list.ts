// The occupants of a room in disco#items (XEP-0045 section 6.5), in pages (XEP-0059).
import { listBytes } from "../muc/model/size-limits.ts";
import { isBroadcast, seesOccupants } from "../muc/permissions/visibility.ts";
import type { Room } from "../muc/room/room.ts";
import type { Element } from "../xmpp/element.ts";
import type { Jid } from "../xmpp/jid.ts";
import { ok, type Result } from "../xmpp/result.ts";
import { type Order, pageOf } from "../xmpp/result-set.ts";
import { tag } from "../xmpp/tag.ts";
import { PAGE_SIZE } from "./room-list.ts";

/** An occupant of the list: its address, and its place in the order of entry. */
interface Listed {
  readonly address: string;
  readonly place: number;
}

/**
 * Writes a page of items, and its set element; nothing for users who may not see the occupants. The list has the
 * occupants whose presence the room broadcasts, in the order of their entry.
 */
export function listOccupants(room: Room, viewer: Jid, query: Element): Result<string> {
  if (!seesOccupants(room, viewer)) return ok("");
  const listed: Listed[] = [];
  for (const occupant of room.occupants.values())
    if (isBroadcast(room, occupant))
      listed.push({ address: room.occupantAddress(occupant.nick), place: listed.length });
  const page = pageOf(query, listed, orderOf(listed), {
    write: ({ address }) => tag("item", { jid: address }),
    most: PAGE_SIZE,
    bytes: listBytes(room.environment),
  });
  return page.kind === "refused" ? page : ok(page.value.items + page.value.set);
}

/** Returns the order of entry. The place of an occupant who has left is unknown. */
const orderOf = (listed: readonly Listed[]): Order<Listed> => ({
  uid: ({ address }) => address,
  place(uid) {
    const known = listed.find(({ address }) => address === uid);
    return known && ((other) => other.place - known.place);
  },
});
