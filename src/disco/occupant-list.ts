// Who is in a room, as disco#items tells it (XEP-0045 section 6.5), in pages (XEP-0059).
import { listBytes } from "../muc/model/lengths.ts";
import { isBroadcast, seesOccupants } from "../muc/permissions/visibility.ts";
import type { Room } from "../muc/room/room.ts";
import type { Element } from "../xmpp/element.ts";
import type { Jid } from "../xmpp/jid.ts";
import { ok, type Result } from "../xmpp/result.ts";
import { type Order, pageOf } from "../xmpp/result-set.ts";
import { tag } from "../xmpp/tag.ts";
import { PAGE_SIZE } from "./room-list.ts";

/** An occupant of the list, by its address, and how many came before it. */
interface Listed {
  readonly address: string;
  readonly place: number;
}

/**
 * Writes the items of the page that a query asks for, and what is said of the page; nothing where the occupants are
 * private. Only those are listed whose presence the room broadcasts, in the order in which they came.
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

/** The order of entry: a place that somebody had who has left is not known any more. */
const orderOf = (listed: readonly Listed[]): Order<Listed> => ({
  uid: ({ address }) => address,
  place(uid) {
    const known = listed.find(({ address }) => address === uid);
    return known && ((other) => other.place - known.place);
  },
});
