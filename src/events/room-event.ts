// Events of rooms, as webhooks and other programs get them (docs/webhooks.md).
import { z } from "zod";
import { ACT_KINDS } from "../muc/model/act.ts";
import { AFFILIATIONS, ROLES } from "../muc/model/affiliation.ts";

const text = z.string();
const time = z.iso.datetime();

/** A user. Without the grant of real addresses, rooms that hide them have nickname and occupant id only. */
export const eventPerson = z
  .strictObject({
    nickname: text.exactOptional(),
    occupantId: text
      .exactOptional()
      .meta({ description: "The same for the user in this room, always (XEP-0421)" }),
    jid: text.exactOptional().meta({ description: "Real address, or a domain" }),
  })
  .meta({
    description: "A user: nickname, occupant id and real address, as far as they are known and not hidden",
  });
export type EventPerson = z.output<typeof eventPerson>;

const common = {
  id: text.meta({ description: "Unique; grows from event to event of a room" }),
  time,
  room: text.meta({ description: "Address of the room" }),
};
const standing = { affiliation: z.enum(AFFILIATIONS), role: z.enum(ROLES) };

/** Why an occupant left. */
export const LEAVE_CAUSES = [
  "left",
  "kicked",
  "banned",
  "not-a-member",
  "connection-lost",
  "service-stopped",
  "hidden",
] as const;

export const roomEvent = z.discriminatedUnion("kind", [
  z.strictObject({
    kind: z.literal("message"),
    ...common,
    from: eventPerson,
    text,
    stanzaId: text.meta({ description: "The room's id of the message (XEP-0359)" }),
    messageId: text.meta({ description: "The sender's id of the message" }),
    corrects: text.exactOptional().meta({ description: "messageId of the message that this one replaces" }),
    language: text.exactOptional(),
  }),
  z.strictObject({ kind: z.literal("subject"), ...common, from: eventPerson, text }),
  z.strictObject({ kind: z.literal("retraction"), ...common, stanzaId: text }),
  z.strictObject({ kind: z.literal("entry"), ...common, occupant: eventPerson, ...standing }),
  z.strictObject({
    kind: z.literal("leave"),
    ...common,
    occupant: eventPerson,
    cause: z.enum(LEAVE_CAUSES),
    reason: text.exactOptional(),
  }),
  z.strictObject({ kind: z.literal("nickname"), ...common, occupant: eventPerson, before: text }),
  z.strictObject({ kind: z.literal("role"), ...common, occupant: eventPerson, ...standing }),
  z.strictObject({
    kind: z.literal("affiliation"),
    ...common,
    user: eventPerson,
    affiliation: z.enum(AFFILIATIONS),
    reason: text.exactOptional(),
    until: time.exactOptional(),
  }),
  z.strictObject({
    kind: z.literal("configuration"),
    ...common,
    name: text,
    description: text,
    public: z.boolean(),
    persistent: z.boolean(),
    membersOnly: z.boolean(),
    moderated: z.boolean(),
    passwordProtected: z.boolean(),
    anonymous: z.boolean(),
    archiving: z.boolean(),
  }),
  z.strictObject({
    kind: z.literal("report"),
    ...common,
    report: text.meta({ description: "Id of the report" }),
    by: eventPerson,
    about: eventPerson,
    reason: text,
    comment: text.exactOptional(),
    stanzaId: text.exactOptional(),
    text: text.exactOptional(),
  }),
  z.strictObject({
    kind: z.literal("command"),
    ...common,
    by: eventPerson,
    ...standing,
    bot: text.meta({ description: "Nickname of the bot that shall carry it out" }),
    command: text.meta({ description: "Name of the command" }),
    text: text.exactOptional().meta({ description: "What the command asked for" }),
  }),
  z.strictObject({
    kind: z.literal("act"),
    ...common,
    act: z.enum(ACT_KINDS),
    by: eventPerson.exactOptional().meta({ description: "Missing where the room acted by itself" }),
    target: eventPerson.exactOptional(),
    stanzaId: text.exactOptional(),
    reason: text.exactOptional(),
    rule: text.exactOptional(),
    detail: text.exactOptional(),
  }),
  z.strictObject({ kind: z.literal("room-created"), ...common, by: eventPerson.exactOptional() }),
  z.strictObject({
    kind: z.literal("room-destroyed"),
    ...common,
    by: eventPerson.exactOptional(),
    reason: text.exactOptional(),
    venue: text.exactOptional(),
  }),
]);

export type RoomEvent = z.output<typeof roomEvent>;
export type EventKind = RoomEvent["kind"];

export const EVENT_KINDS = roomEvent.options.map(({ shape }) => shape.kind.value);

/** Kinds of events that only moderators, admins and owners of a room know of, or a bot. */
export const STAFF_KINDS: readonly EventKind[] = ["report", "act", "command"];

/** Kinds of events that everybody inside a room knows of. */
export const COMMON_KINDS: readonly EventKind[] = EVENT_KINDS.filter((kind) => !STAFF_KINDS.includes(kind));

/** An event with all that is known, as the source has it. */
export interface FullEvent {
  readonly node: string;
  readonly event: RoomEvent;
  /** True if real addresses are hidden from those without the grant. */
  readonly isAnonymous: boolean;
}

/** Returns an event as a reader gets it: with real addresses, or as the room shows it to everybody. */
export function shownEvent({ event, isAnonymous }: FullEvent, reveal: boolean): RoomEvent {
  if (reveal || !isAnonymous) return event;
  switch (event.kind) {
    case "message":
    case "subject":
      return { ...event, from: withoutJid(event.from) };
    case "entry":
    case "leave":
    case "nickname":
    case "role":
      return { ...event, occupant: withoutJid(event.occupant) };
    case "affiliation":
      return { ...event, user: withoutJid(event.user) };
    case "command":
      return { ...event, by: withoutJid(event.by) };
    case "report":
      return { ...event, by: withoutJid(event.by), about: withoutJid(event.about) };
    case "act":
      return {
        ...event,
        ...(event.by && { by: withoutJid(event.by) }),
        ...(event.target && { target: withoutJid(event.target) }),
      };
    case "room-created":
    case "room-destroyed":
      return { ...event, ...(event.by && { by: withoutJid(event.by) }) };
    case "retraction":
    case "configuration":
      return event;
  }
}

const withoutJid = ({ jid: _jid, ...shown }: EventPerson): EventPerson => shown;
