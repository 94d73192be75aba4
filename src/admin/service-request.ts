// Requests of service administrators, and the rooms that they name.
import { commandForbidden, fieldValue } from "../muc/administration/commands.ts";
import type { Effects } from "../muc/model/effects.ts";
import { type DeliveryOutcome, DONE, type IqOutcome, RULES_FAILED } from "../muc/model/outcome.ts";
import type { RoomEnvironment } from "../muc/model/room-environment.ts";
import type { Room } from "../muc/room/room.ts";
import type { RoomRegistry } from "../muc/service/registry.ts";
import { nodeOf } from "../operations/parameters.ts";
import type { OperationRunner } from "../operations/run-operation.ts";
import type { FormField } from "../xmpp/data-form.ts";
import { child, children } from "../xmpp/element.ts";
import { NS } from "../xmpp/namespaces.ts";
import { ok, type Result, refuse } from "../xmpp/result.ts";
import type { Stanza } from "../xmpp/stanza.ts";
import { errors, type StanzaError } from "../xmpp/stanza-error.ts";
import { say } from "../xmpp/text.ts";
import type { OtherNodes } from "./other-nodes.ts";
import type { Statistics } from "./statistics.ts";

/** A request for a command. Its effects are added to `effects`. */
export interface ServiceRequest {
  readonly registry: RoomRegistry;
  readonly statistics: Statistics;
  readonly stanza: Stanza;
  readonly effects: Effects;
  /** The other processes that serve the domain; undefined if this one serves alone. */
  readonly others?: OtherNodes | undefined;
  /** Runs operations of the catalogue; undefined in a process without them. */
  readonly operations?: OperationRunner | undefined;
}

/** FORM_TYPE of commands that XEP-0133 does not have. */
export const FORM_TYPE = "verona#admin";

/** Refuses users who are not administrators of the service (XEP-0133 section 5). */
export const forServiceAdmins = ({ registry, stanza }: ServiceRequest): StanzaError | undefined =>
  registry.environment.isServiceAdmin(stanza.from.bare)
    ? undefined
    : commandForbidden(say`Only service administrators may do this`);

/** The field that names a room, by its address or the name before the @. */
export const ROOM_FIELD: FormField = {
  var: "verona#room",
  type: "text-single",
  label: say`Room`,
  required: true,
};

/** Returns the room that a form names. The caller has loaded it (`roomToAdminister`). */
export function findRoom(
  { registry }: ServiceRequest,
  fields: ReadonlyMap<string, readonly string[]>,
): Result<Room> {
  const node = nodeOf(fieldValue(fields, ROOM_FIELD.var), registry.environment.domain);
  const room = node === undefined ? undefined : registry.get(node);
  return room ? ok(room) : refuse(errors.itemNotFound(say`This service has no such room`));
}

/** Returns the node of the room that an administrator's command names: the room must be in memory when it runs. */
export function roomToAdminister(
  { kind, type, from, to, element }: Stanza,
  { domain, isServiceAdmin }: Pick<RoomEnvironment, "domain" | "isServiceAdmin">,
): string | undefined {
  if (kind !== "iq" || type !== "set" || to.local !== undefined || !isServiceAdmin(from.bare))
    return undefined;
  const command = child(element, "command", NS.commands);
  const form = command && child(command, "x", NS.dataForms);
  const field =
    form && children(form, "field", NS.dataForms).find(({ attrs }) => attrs.var === ROOM_FIELD.var);
  const name = field && child(field, "value", NS.dataForms)?.getText().trim();
  return name === undefined ? undefined : nodeOf(name, domain);
}

/**
 * Lets a room answer a request of an administrator by the room's own rules, for which administrators of the service are
 * owners.
 */
export function act(request: ServiceRequest, room: Room, answer: () => IqOutcome): DeliveryOutcome {
  let outcome: IqOutcome | undefined;
  const effects = request.registry.runIn(room, () => {
    outcome = answer();
  });
  request.effects.append(effects);
  if (!outcome || request.registry.lost.has(room.node)) return refuse(RULES_FAILED);
  return outcome.kind === "refused" ? outcome : DONE;
}
