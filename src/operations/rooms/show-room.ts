import { z } from "zod";
import { AFFILIATIONS, ROLES } from "../../muc/model/affiliation.ts";
import { roomConfigSchema } from "../../muc/model/room-config-schema.ts";
import { lockdownOf } from "../../muc/room/lockdown.ts";
import { reportsNote } from "../../muc/room/open-reports.ts";
import { registrationRequestsNote } from "../../muc/room/pending-registrations.ts";
import { voiceRequestsNote } from "../../muc/room/pending-voice-requests.ts";
import type { Room } from "../../muc/room/room.ts";
import { ok } from "../../xmpp/result.ts";
import { inNamedRoom } from "../named-room.ts";
import { type Operation, operation } from "../operation.ts";
import { roomParameter } from "../parameters.ts";

const shape = z.object({
  room: z.string(),
  locked: z.boolean(),
  configuration: roomConfigSchema,
  subject: z.string().exactOptional(),
  affiliations: z.array(
    z.object({
      user: z.string(),
      affiliation: z.enum(AFFILIATIONS),
      nickname: z.string().exactOptional(),
      reason: z.string().exactOptional(),
      until: z.iso.datetime().exactOptional(),
    }),
  ),
  occupants: z.array(
    z.object({
      nickname: z.string(),
      user: z.string(),
      affiliation: z.enum(AFFILIATIONS),
      role: z.enum(ROLES),
      clients: z.array(z.string()),
    }),
  ),
  pending: z.object({ registrations: z.int(), voiceRequests: z.int(), reports: z.int() }),
  lockdownUntil: z.iso.datetime().exactOptional(),
  archivedMessages: z.int().exactOptional(),
});

export const showRoom: Operation = operation({
  name: "room.show",
  summary:
    "Shows a room: its configuration, affiliations, occupants, pending requests and size of the archive",
  scope: "read",
  effect: "reads",
  http: "GET /rooms/{room}",
  operands: ["room"],
  params: z.strictObject({ room: roomParameter }),
  result: shape,
  refusals: ["item-not-found"],
  async run(service, { room }) {
    const found = await inNamedRoom(service, room, (live) => ok({ node: live.node, facts: describe(live) }));
    if (found.kind === "refused") return found;
    const { node, facts } = found.value;
    const all = { afterIds: [], beforeIds: [], max: 0, fromEnd: false };
    const count = await service.records.countArchive(node, all, MOST_COUNTED);
    return ok({ ...facts, ...(count !== undefined && { archivedMessages: count }) });
  },
});

/** Messages beyond which they are not counted, if the store would have to read them. */
const MOST_COUNTED = 100_000;

function describe(room: Room): z.input<typeof shape> {
  const lockdown = lockdownOf(room);
  return {
    room: room.address,
    locked: room.locked,
    // The password is a secret of the owners.
    configuration: { ...room.config, password: room.config.password === "" ? "" : "********" },
    ...(room.subject && { subject: room.subject.text }),
    affiliations: [...room.affiliations.values()].map(({ jid, affiliation, nick, reason, until }) => ({
      user: jid,
      affiliation,
      ...(nick !== undefined && { nickname: nick }),
      ...(reason !== undefined && { reason }),
      ...(until !== undefined && { until: new Date(until).toISOString() }),
    })),
    occupants: [...room.occupants.values()].map(({ nick, bareJid, affiliation, role, sessions }) => ({
      nickname: nick,
      user: bareJid,
      affiliation,
      role,
      clients: [...sessions.keys()],
    })),
    pending: {
      registrations: registrationRequestsNote.read(room).length,
      voiceRequests: voiceRequestsNote.read(room).length,
      reports: reportsNote.read(room).length,
    },
    ...(lockdown && { lockdownUntil: new Date(lockdown.until).toISOString() }),
  };
}
