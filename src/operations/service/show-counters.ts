import { z } from "zod";
import { ok } from "../../xmpp/result.ts";
import { type Operation, operation } from "../operation.ts";

export const showCounters: Operation = operation({
  name: "counters",
  summary: "Shows the figures of all processes that serve the domain together",
  scope: "read",
  effect: "reads",
  http: "GET /counters",
  operands: [],
  params: z.strictObject({}),
  result: z.object({
    rooms: z.int(),
    roomsInMemory: z.int(),
    occupants: z.int(),
    clients: z.int(),
    messages: z.int().meta({ description: "Messages to rooms since the start" }),
    memoryMiB: z.int(),
    nodes: z.int(),
    silentNodes: z.int().meta({ description: "Nodes of the cluster that have not answered" }),
  }),
  refusals: [],
  run: async ({ control }) => ok(await control.counters()),
});
