import { z } from "zod";
import { isTombstone } from "../../muc/archive/archive.ts";
import { childText, parse } from "../../xmpp/element.ts";
import { accountOf } from "../../xmpp/jid.ts";
import { ok, refuse } from "../../xmpp/result.ts";
import { errors } from "../../xmpp/stanza-error.ts";
import { say } from "../../xmpp/text.ts";
import { inNamedRoom } from "../named-room.ts";
import { type Operation, operation } from "../operation.ts";
import { roomParameter, userParameter } from "../parameters.ts";

export const listMessages: Operation = operation({
  name: "messages.list",
  summary: "Lists the latest messages in a room's archive, oldest first, without private ones",
  scope: "moderate",
  effect: "reads",
  http: "GET /rooms/{room}/messages",
  operands: ["room"],
  params: z.strictObject({
    room: roomParameter,
    before: z
      .string()
      .max(1024)
      .exactOptional()
      .meta({ description: "Only messages before the one with this id" }),
    user: userParameter.exactOptional().meta({ description: "Only those of this user" }),
    search: z.string().max(1000).exactOptional().meta({ description: "Only those that have these words" }),
    max: z.coerce
      .number()
      .int()
      .min(1)
      .max(200)
      .default(50)
      .meta({ description: "Maximum number of messages" }),
  }),
  result: z.object({
    messages: z.array(
      z.object({
        id: z.string().meta({ description: "Stanza-id (XEP-0359)" }),
        at: z.iso.datetime(),
        kind: z.enum(["discussion", "subject", "other"]),
        nickname: z.string().meta({ description: "Empty if the room sent it" }),
        user: z.string().meta({ description: "Address of the author; empty if the room sent it" }),
        text: z.string(),
        retracted: z.boolean(),
      }),
    ),
    next: z
      .string()
      .exactOptional()
      .meta({ description: "Value of `before` for the next page; missing on the last one" }),
  }),
  refusals: ["item-not-found"],
  async run(service, { room, before, user, search, max }) {
    const found = await inNamedRoom(service, room, ({ node }) => ok(node));
    if (found.kind === "refused") return found;
    const page = await service.records.readArchive(found.value, {
      ...{ afterIds: [], beforeIds: before === undefined ? [] : [before], max, fromEnd: true },
      ...(user !== undefined && { jid: user }),
      ...(search !== undefined && { words: search }),
    });
    if (!page) return refuse(errors.itemNotFound(say`The archive has no message of this id`));
    const messages = page.messages.flatMap((message) => {
      const { stanzaId, at, kind, nick, jid, payload } = message;
      if (kind !== "discussion" && kind !== "subject" && kind !== "other") return [];
      const content = parse(`<message xmlns="jabber:client">${payload}</message>`);
      const text = childText(content, kind === "subject" ? "subject" : "body") ?? "";
      const isRetracted = isTombstone(message);
      // Markers, reactions and retractions.
      if (kind === "other" && text === "" && !isRetracted) return [];
      const author = jid === "" ? "" : accountOf(jid);
      const when = new Date(at).toISOString();
      return [{ id: stanzaId, at: when, kind, nickname: nick, user: author, text, retracted: isRetracted }];
    });
    const next = page.complete ? undefined : (page.reached ?? page.messages[0]?.stanzaId);
    return ok({ messages, ...(next !== undefined && { next }) });
  },
});
