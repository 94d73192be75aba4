import { z } from "zod";
import { type Operation, operation } from "../operation.ts";

export const announce: Operation = operation({
  name: "announce",
  summary: "Sends a message to all occupants of all rooms; it is not part of the history",
  scope: "admin",
  effect: "changes",
  http: "POST /announcements",
  operands: ["text"],
  params: z.strictObject({
    text: z
      .string()
      .max(10_000)
      .refine((text) => text.trim() !== "", "expected a text that is not empty")
      .meta({ description: "The text" }),
  }),
  result: z.object({
    rooms: z.int().meta({ description: "Rooms with occupants, who get it" }),
    silentNodes: z.int().meta({ description: "Nodes of the cluster that have not answered" }),
  }),
  refusals: ["resource-constraint"],
  run: ({ control }, { text }, caller) => control.announce(text.trim(), caller.jid.bare),
});
