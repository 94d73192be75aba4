// A webhook: where events go, which ones, and with what right.
import { z } from "zod";
import { EVENT_KINDS, type EventKind, type FullEvent } from "../events/room-event.ts";

/** The settings as the store has them. */
const storedSettings = z.object({
  url: z.string(),
  /** Nodes of rooms; without them, all. */
  rooms: z.array(z.string()).exactOptional(),
  kinds: z.array(z.string()),
  reveal: z.boolean(),
  secret: z.string(),
  /** Milliseconds since 1970. */
  created: z.number(),
  /** Grows when somebody asks to try again at once. */
  retries: z.number(),
});
type StoredSettings = z.output<typeof storedSettings>;

export interface Webhook extends Omit<StoredSettings, "kinds"> {
  readonly id: string;
  readonly kinds: readonly EventKind[];
}

/** What became of the deliveries of a webhook. */
const storedStatus = z.object({
  /** Failures since the last success. */
  failures: z.number().default(0),
  error: z.string().exactOptional(),
  /** Milliseconds since 1970. */
  errorAt: z.number().exactOptional(),
});
export type WebhookStatus = z.output<typeof storedStatus>;

/** Reads settings; undefined for what no program has written. Leaves out kinds of events that this version does not know. */
export function readSettings(id: string, json: string): Webhook | undefined {
  const read = storedSettings.safeParse(parsed(json));
  if (!read.success) return undefined;
  const { kinds, ...settings } = read.data;
  return { id, ...settings, kinds: EVENT_KINDS.filter((kind) => kinds.includes(kind)) };
}

export const writeSettings = ({ id: _id, ...settings }: Webhook): string => JSON.stringify(settings);

export function readStatus(json: string): WebhookStatus {
  const read = storedStatus.safeParse(parsed(json));
  return read.success ? read.data : { failures: 0 };
}

export const isOfRoom = ({ rooms }: Webhook, node: string): boolean => rooms?.includes(node) ?? true;

/** Returns true if a webhook gets an event. */
export const gets = (webhook: Webhook, { node, event }: FullEvent): boolean =>
  webhook.kinds.includes(event.kind) && isOfRoom(webhook, node);

function parsed(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return undefined;
  }
}
