import { z } from "zod";
import { ok } from "../../xmpp/result.ts";
import { type Operation, operation } from "../operation.ts";

export const showStatus: Operation = operation({
  name: "status",
  summary: "Shows the state of the service: version, link, storage, uptime and load",
  scope: "read",
  effect: "reads",
  http: "GET /status",
  operands: [],
  params: z.strictObject({}),
  result: z.object({
    version: z.string(),
    domain: z.string(),
    link: z.enum(["online", "offline"]),
    storage: z.string(),
    uptimeSeconds: z.int(),
    rooms: z.int(),
    roomsInMemory: z.int(),
    occupants: z.int(),
    clients: z.int(),
    messages: z.int().meta({ description: "Messages to rooms since the start" }),
    memoryMiB: z.int(),
    waitingBytes: z.int().meta({ description: "Bytes of output that wait for a commit or for their turn" }),
  }),
  refusals: [],
  async run({ registry, status }) {
    const rooms = [...registry.all()];
    return ok({
      version: status.version,
      domain: registry.environment.domain,
      link: status.isOnline ? ("online" as const) : ("offline" as const),
      storage: status.storage,
      uptimeSeconds: Math.floor(status.uptime),
      rooms: registry.count,
      roomsInMemory: rooms.length,
      occupants: rooms.reduce((sum, room) => sum + room.occupants.size, 0),
      clients: rooms.reduce((sum, room) => sum + room.sessions.size, 0),
      messages: status.messages,
      memoryMiB: Math.round(status.memory / 1_048_576),
      waitingBytes: status.waiting.commit + status.waiting.turn,
    });
  },
});
