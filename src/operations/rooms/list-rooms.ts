import { z } from "zod";
import type { StoredRoom } from "../../muc/model/records.ts";
import { ok, refuse } from "../../xmpp/result.ts";
import { errors } from "../../xmpp/stanza-error.ts";
import { type Operation, operation } from "../operation.ts";
import type { OperationService } from "../operation-service.ts";
import { nodeOf } from "../parameters.ts";

/** The number of rooms that one read of the records returns. */
const PORTION = 500;

export const roomSummary = z.object({
  room: z.string().meta({ description: "Address of the room" }),
  name: z.string(),
  occupants: z.int(),
  clients: z.int().meta({ description: "Clients of the occupants" }),
  persistent: z.boolean(),
  public: z.boolean(),
  locked: z.boolean().meta({ description: "True until the creator has configured the room" }),
});

export const listRooms: Operation = operation({
  name: "rooms.list",
  summary: "Lists the rooms in the order of their addresses, hidden and locked ones too",
  scope: "read",
  effect: "reads",
  http: "GET /rooms",
  operands: [],
  params: z.strictObject({
    search: z.string().max(1000).default("").meta({ description: "Text in the room's address or name" }),
    after: z.string().max(3071).default("").meta({ description: "Continue after this room" }),
    max: z.coerce
      .number()
      .int()
      .min(1)
      .max(1000)
      .default(100)
      .meta({ description: "Maximum number of rooms" }),
  }),
  result: z.object({
    rooms: z.array(roomSummary),
    next: z
      .string()
      .exactOptional()
      .meta({ description: "Value of `after` for the next page; missing on the last one" }),
  }),
  refusals: [],
  async run(service, { search, after, max }) {
    const { domain } = service.registry.environment;
    const start = after === "" ? "" : nodeOf(after, domain);
    if (start === undefined) return refuse(errors.badRequest("after: expected a room of this service"));
    const found = await find(service, search.toLowerCase(), start, max + 1);
    const rooms = found.slice(0, max).map((room) => ({
      room: `${room.node}@${domain}`,
      name: room.config.name,
      occupants: room.users,
      clients: room.sessions,
      persistent: room.config.persistent,
      public: room.config.public,
      locked: room.locked,
    }));
    const last = rooms.at(-1);
    return ok({ rooms, ...(found.length > max && last && { next: last.room }) });
  },
});

/** Reads the rooms in portions until enough are found. */
async function find(
  { records }: OperationService,
  text: string,
  start: string,
  count: number,
): Promise<StoredRoom[]> {
  const found: StoredRoom[] = [];
  let after = start;
  for (;;) {
    const rooms = await records.allRooms(after, PORTION);
    found.push(...rooms.filter(({ node, config }) => `${node}\n${config.name}`.toLowerCase().includes(text)));
    const last = rooms.at(-1);
    if (last === undefined || rooms.length < PORTION || found.length >= count) return found;
    after = last.node;
  }
}
