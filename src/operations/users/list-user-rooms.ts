import { z } from "zod";
import { AFFILIATIONS } from "../../muc/model/affiliation.ts";
import { bareOf } from "../../xmpp/jid.ts";
import { ok, refuse } from "../../xmpp/result.ts";
import { errors } from "../../xmpp/stanza-error.ts";
import { say } from "../../xmpp/text.ts";
import { type Operation, operation } from "../operation.ts";
import { afterRoomParameter, maxRoomsParameter, nextRoom, nodeOf, userParameter } from "../parameters.ts";

/** Rooms that one call looks at, at most. */
const LOOKED_AT = 20_000;
/** Rooms that one read of the store looks at. */
const PORTION = 500;

export const listUserRooms: Operation = operation({
  name: "user.rooms",
  summary: "Lists the rooms in which a user has an affiliation or is an occupant",
  scope: "read",
  effect: "reads",
  http: "GET /users/{user}/rooms",
  operands: ["user"],
  params: z.strictObject({
    user: userParameter,
    after: afterRoomParameter,
    max: maxRoomsParameter,
  }),
  result: z.object({
    rooms: z.array(
      z.object({
        room: z.string(),
        affiliation: z.enum(AFFILIATIONS),
        reservedNickname: z.string().exactOptional(),
        reason: z.string().exactOptional(),
        nicknames: z.array(z.string()).meta({ description: "Nicknames under which the user is inside" }),
      }),
    ),
    next: nextRoom,
  }),
  refusals: [],
  async run({ registry, store }, { user, after, max }) {
    const { domain } = registry.environment;
    let place = after === "" ? "" : nodeOf(after, domain);
    if (place === undefined) return refuse(errors.badRequest(say`after: expected a room of this service`));
    const rooms: { room: string; affiliation: (typeof AFFILIATIONS)[number]; nicknames: string[] }[] = [];
    for (let looked = 0; looked < LOOKED_AT; looked += PORTION) {
      const portion = await store.nodes(place, PORTION);
      const last = portion.at(-1);
      if (last === undefined) return ok({ rooms });
      for (const node of await store.roomsOfAccount(user, place, last)) {
        const record = await store.loadRoom(node);
        if (!record) continue;
        const own = record.affiliations.find(({ jid }) => jid === user);
        const inside = record.sessions.filter(({ jid }) => bareOf(jid) === user).map(({ nick }) => nick);
        rooms.push({
          room: `${node}@${domain}`,
          affiliation: own?.affiliation ?? "none",
          ...(own?.nick !== undefined && { reservedNickname: own.nick }),
          ...(own?.reason !== undefined && { reason: own.reason }),
          nicknames: [...new Set(inside)],
        });
        if (rooms.length === max) return ok({ rooms, next: `${node}@${domain}` });
      }
      place = last;
    }
    return ok({ rooms, next: `${place}@${domain}` });
  },
});
