// The messages between nodes as markup, and back.
import { z } from "zod";
import { child, type Element, serialize } from "../xmpp/element.ts";
import { escapeText } from "../xmpp/escape.ts";
import { readStanza, type Stanza } from "../xmpp/stanza.ts";
import { tag } from "../xmpp/tag.ts";
import type { NodeId, OwnedSlot } from "./cluster-tables.ts";
import type { NodeMessage } from "./node-message.ts";
import { SLOTS } from "./slots.ts";

/** A message, and the node that has sent it. */
export interface SentMessage {
  readonly sender: NodeId;
  readonly message: NodeMessage<Stanza>;
}

/** The name of the element. It is in the namespace of the stream, as the stanza in it is. */
const NAME = "node-message";
const STANZAS = ["message", "presence", "iq"];
const number = z.coerce.number().int().min(0);
const slot = number.max(SLOTS - 1);
const sender = z.string().regex(/^\d{1,19}$/);
const place = { to: sender, slot, stream: number };
const attributes = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("forward"), ...place, number }),
  z.object({ kind: z.literal("returned"), ...place, number }),
  z.object({ kind: z.literal("sync"), ...place }),
  z.object({ kind: z.literal("synced"), ...place, handled: number }),
  z.object({ kind: z.literal("serving"), slots: z.string().transform(readSlots) }),
  z.object({ kind: z.literal("changed") }),
  z.object({ kind: z.literal("confirm"), id: number }),
  z.object({ kind: z.literal("confirmed"), id: number }),
  z.object({ kind: z.literal("flush"), id: number }),
  z.object({ kind: z.literal("ask"), id: number }),
  z.object({ kind: z.literal("answer"), id: number }),
]);

/** Writes a message of this node. */
export function writeMessage(from: NodeId, message: NodeMessage<Stanza>): string {
  switch (message.kind) {
    case "forward":
    case "returned": {
      const { stanza, ...place } = message;
      return element(from, place, serialize(stanza.element));
    }
    case "ask":
    case "answer":
      return element(from, { kind: message.kind, id: message.id }, escapeText(message.body));
    case "serving":
      return element(from, { kind: message.kind, slots: writeSlots(message.slots) });
    default:
      return element(from, { ...message });
  }
}

/** Reads a message; undefined if it is none. */
export function readMessage(element: Element): SentMessage | undefined {
  const from = sender.safeParse(element.attrs.sender);
  const read = attributes.safeParse(element.attrs);
  if (element.getName() !== NAME || !from.success || !read.success) return undefined;
  const { data } = read;
  if (data.kind === "ask" || data.kind === "answer")
    return { sender: from.data, message: { ...data, body: element.getText() } };
  if (data.kind !== "forward" && data.kind !== "returned") return { sender: from.data, message: data };
  const found = STANZAS.map((name) => child(element, name)).find((each) => each !== undefined);
  const stanza = found && readStanza(found);
  return stanza && { sender: from.data, message: { ...data, stanza } };
}

function element(from: NodeId, values: Readonly<Record<string, string | number>>, content = ""): string {
  const written = Object.entries(values).map(([name, value]) => [name, String(value)]);
  return tag(NAME, { sender: from, ...Object.fromEntries(written) }, content);
}

const writeSlots = (slots: readonly OwnedSlot[]): string =>
  slots.map(({ slot, epoch }) => `${slot}:${epoch}`).join(" ");

function readSlots(text: string, context: z.RefinementCtx): OwnedSlot[] {
  const slots = z
    .array(z.tuple([slot, number]))
    .max(SLOTS)
    .safeParse(text === "" ? [] : text.split(" ").map((each) => each.split(":")));
  if (slots.success) return slots.data.map(([slot, epoch]) => ({ slot, epoch }));
  context.addIssue("not a list of slots");
  return z.NEVER;
}
