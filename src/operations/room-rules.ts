// Runs the rules of a room in the name of a caller.
import type { IqOutcome } from "../muc/model/outcome.ts";
import type { Room } from "../muc/room/room.ts";
import { type Element, parse } from "../xmpp/element.ts";
import { parseJid } from "../xmpp/jid.ts";
import { ok, type Result, refuse } from "../xmpp/result.ts";
import type { Stanza } from "../xmpp/stanza.ts";
import { errors } from "../xmpp/stanza-error.ts";
import { tag } from "../xmpp/tag.ts";
import { say } from "../xmpp/text.ts";
import type { Caller } from "./operation.ts";

/** Lets a room answer a request (markup of the payload) as it would answer an owner. */
export function request(
  room: Room,
  { jid }: Caller,
  rule: (room: Room, stanza: Stanza, payload: Element) => IqOutcome,
  payload: string,
): Result<undefined> {
  const stanza = requestStanza(room, { jid }, payload);
  if (stanza.kind === "refused") return stanza;
  const [content] = stanza.value.element.getChildElements();
  if (!content) return refuse(errors.badRequest(say`The request is empty`));
  const outcome = rule(room, stanza.value, content);
  return outcome.kind === "refused" ? outcome : ok(undefined);
}

/** Returns a request to a room, as a caller would send it. */
export function requestStanza(room: Room, { jid }: Pick<Caller, "jid">, payload = ""): Result<Stanza> {
  const to = parseJid(room.address);
  if (!to) return refuse(errors.internalServerError(say`This room has no valid address`));
  const id = room.environment.newId();
  const element = parse(tag("iq", { type: "set", id, from: jid.full, to: to.full }, payload));
  return ok({ kind: "iq", type: "set", id, from: jid, to, language: undefined, element });
}
